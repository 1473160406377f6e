// Stands in for what only a running job knows.
#pragma once

#include "codec/codec.h"

namespace vethwork::fuzz {

class AnyResolver : public codec::Resolver {
 public:
  uint32_t LinkIndex(const std::string& name) override {
    return static_cast<uint32_t>(name.size());
  }
  uint32_t Result(const codec::Value&) override { return 1; }
  uint32_t NamespaceFd(uint32_t which) override { return which; }
  uint16_t FamilyId(const codec::Family&) override { return GENL_START_ALLOC; }
};

}  // namespace vethwork::fuzz
