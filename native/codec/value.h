// Plain values as they cross the wall between JavaScript and C++: JSON, parsed and written here.
#pragma once

#include <cstdint>
#include <deque>
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
  std::variant<std::monostate, bool, double, std::string_view, Array, Object> data;

  bool IsNull() const { return std::holds_alternative<std::monostate>(data); }
  const bool* Bool() const { return std::get_if<bool>(&data); }
  const double* Number() const { return std::get_if<double>(&data); }
  const std::string_view* String() const { return std::get_if<std::string_view>(&data); }
  const Array* List() const { return std::get_if<Array>(&data); }
  const Object* Members() const { return std::get_if<Object>(&data); }

  // The member of that name, or nullptr where there is none or this is no object.
  const Value* Find(std::string_view name) const;
};

struct Member {
  std::string_view name;
  Value value;
};

// JSON text, parsed. Strings of its values point into the text, which has to outlive it.
class Document {
 public:
  // Throws SysError EINVAL "JSON.parse" with the offset. Nesting deeper than 64 is refused.
  explicit Document(std::string_view text);
  Document(const Document&) = delete;
  Document& operator=(const Document&) = delete;

  const Value& root() const { return root_; }

 private:
  std::deque<std::string> unescaped_;  // strings that the text does not hold as they are
  Value root_;
};

// Appends JSON text; the caller keeps the commas by First()/Next().
class JsonWriter {
 public:
  explicit JsonWriter(std::string& out) : out_(out) {}
  void Raw(std::string_view text) { out_.append(text); }
  void Key(std::string_view name);  // with the comma before it where one is due
  void String(std::string_view text);
  // What `write` appends, which needs no escapes.
  template <typename Write>
  void Quoted(Write write) {
    out_.push_back('"');
    write(out_);
    out_.push_back('"');
  }
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
