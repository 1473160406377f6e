// The numbers of generic netlink's families: the same in all namespaces, for as long as the machine
// runs or until the family's module is loaded anew.
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace vethwork::ns {

class Families {
 public:
  std::optional<uint16_t> Find(std::string_view name) const {
    std::lock_guard lock(mutex_);
    const auto found = numbers_.find(std::string(name));
    if (found == numbers_.end()) return std::nullopt;
    return found->second;
  }
  void Learn(std::string_view name, uint16_t number) {
    std::lock_guard lock(mutex_);
    numbers_[std::string(name)] = number;
  }

 private:
  mutable std::mutex mutex_;
  std::unordered_map<std::string, uint16_t> numbers_;
};

}  // namespace vethwork::ns
