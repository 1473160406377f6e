// Plain values as they cross the wall between JavaScript and C++: JSON, parsed and written here.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace vethwork::codec {

class Value;
struct Member;
using Array = std::vector<Value>;
using Object = std::vector<Member>;  // few members each: a scan beats a hash

class Value {
 public:
  std::variant<std::monostate, bool, double, std::string, Array, Object> data;

  bool IsNull() const { return std::holds_alternative<std::monostate>(data); }
  const bool* Bool() const { return std::get_if<bool>(&data); }
  const double* Number() const { return std::get_if<double>(&data); }
  const std::string* String() const { return std::get_if<std::string>(&data); }
  const Array* List() const { return std::get_if<Array>(&data); }
  const Object* Members() const { return std::get_if<Object>(&data); }

  // The member of that name, or nullptr where there is none or this is no object.
  const Value* Find(std::string_view name) const;
};

struct Member {
  std::string name;
  Value value;
};

// Throws SysError EINVAL "JSON.parse" with the offset. Nesting deeper than 64 is refused.
Value ParseJson(std::string_view text);

// Appends JSON text; the caller keeps the commas by First()/Next().
class JsonWriter {
 public:
  explicit JsonWriter(std::string& out) : out_(out) {}
  void Raw(std::string_view text) { out_.append(text); }
  void Key(std::string_view name);  // with the comma before it where one is due
  void String(std::string_view text);
  void Unsigned(uint64_t number);
  void Signed(int64_t number);
  void Open(char bracket) { out_.push_back(bracket), first_ = true; }
  void Close(char bracket) { out_.push_back(bracket), first_ = false; }
  void Comma();  // before every element of an array

 private:
  std::string& out_;
  bool first_ = true;
};

}  // namespace vethwork::codec
