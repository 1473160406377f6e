#include "codec/value.h"

#include <charconv>
#include <cstddef>
#include <cstdio>
#include <iterator>

#include "base/sys_error.h"

namespace vethwork::codec {

const Value* Value::Find(std::string_view name) const {
  const Object* members = Members();
  if (members == nullptr) return nullptr;
  for (const Member& member : *members) {
    if (member.name == name) return &member.value;
  }
  return nullptr;
}

namespace {

class Parser {
 public:
  Parser(std::string_view text, std::deque<std::string>& unescaped)
      : text_(text), unescaped_(unescaped) {}

  Value All() {
    Value value = Any(0);
    Space();
    if (at_ != text_.size()) Fail();
    return value;
  }

 private:
  static constexpr int kDeepest = 64;

  [[noreturn]] void Fail() const {
    throw SysError(EINVAL, "JSON.parse", "offset " + std::to_string(at_));
  }
  void Space() {
    while (at_ < text_.size() &&
           (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t' || text_[at_] == '\r')) {
      at_++;
    }
  }
  bool Take(char c) {
    Space();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    at_++;
    return true;
  }
  void Want(char c) {
    if (!Take(c)) Fail();
  }
  bool Word(std::string_view word) {
    if (text_.substr(at_, word.size()) != word) return false;
    at_ += word.size();
    return true;
  }

  Value Any(int depth) {
    if (depth > kDeepest) Fail();
    Space();
    if (at_ >= text_.size()) Fail();
    switch (text_[at_]) {
      case '{':
        return Members(depth);
      case '[':
        return Elements(depth);
      case '"':
        return Value{Text()};
      case 't':
        if (Word("true")) return Value{true};
        Fail();
      case 'f':
        if (Word("false")) return Value{false};
        Fail();
      case 'n':
        if (Word("null")) return Value{};
        Fail();
      default:
        return Value{Number()};
    }
  }
  Value Members(int depth) {
    Want('{');
    if (Take('}')) return Value{Object()};
    const size_t first = members_.size();
    do {
      Space();
      const std::string_view name = Text();
      Want(':');
      Value value = Any(depth + 1);
      members_.push_back({name, std::move(value)});
    } while (Take(','));
    Want('}');
    return Value{Above(first, members_)};
  }
  Value Elements(int depth) {
    Want('[');
    if (Take(']')) return Value{Array()};
    const size_t first = elements_.size();
    do {
      Value element = Any(depth + 1);
      elements_.push_back(std::move(element));
    } while (Take(','));
    Want(']');
    return Value{Above(first, elements_)};
  }
  // What has been read since then: in memory of its own, of just that size.
  template <typename T>
  static std::vector<T> Above(size_t first, std::vector<T>& stack) {
    const auto begin = stack.begin() + static_cast<std::ptrdiff_t>(first);
    std::vector<T> taken(std::make_move_iterator(begin), std::make_move_iterator(stack.end()));
    stack.erase(begin, stack.end());
    return taken;
  }
  double Number() {
    double number = 0;
    const char first = text_[at_] == '-' && at_ + 1 < text_.size() ? text_[at_ + 1] : text_[at_];
    if (first < '0' || first > '9') Fail();  // std::from_chars knows "inf" and "nan" too
    auto [end, error] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), number);
    if (error != std::errc()) Fail();
    at_ = static_cast<size_t>(end - text_.data());
    return number;
  }
  std::string_view Text() {
    if (at_ >= text_.size() || text_[at_] != '"') Fail();
    const size_t start = ++at_;
    while (at_ < text_.size() && text_[at_] != '"' && text_[at_] != '\\') at_++;
    if (at_ >= text_.size()) Fail();
    if (text_[at_] == '"') return text_.substr(start, at_++ - start);
    std::string& out = unescaped_.emplace_back(text_.substr(start, at_ - start));
    while (at_ < text_.size() && text_[at_] != '"') {
      if (text_[at_] != '\\') {
        out.push_back(text_[at_++]);
        continue;
      }
      at_++;
      Escape(out);
    }
    if (at_ >= text_.size()) Fail();
    at_++;
    return out;
  }
  void Escape(std::string& out) {
    static constexpr std::string_view kLetters = "\"\\/bfnrt";
    static constexpr std::string_view kMeaning = "\"\\/\b\f\n\r\t";
    if (at_ >= text_.size()) Fail();
    const char c = text_[at_++];
    if (c != 'u') {
      const size_t which = kLetters.find(c);
      if (which == std::string_view::npos) Fail();
      out.push_back(kMeaning[which]);
      return;
    }
    uint32_t point = Hex4();
    if (point >= 0xD800 && point < 0xDC00) {  // a pair of surrogates, as JSON.stringify writes it
      if (!Word("\\u")) Fail();
      const uint32_t low = Hex4();
      if (low < 0xDC00 || low > 0xDFFF) Fail();
      point = 0x10000 + ((point - 0xD800) << 10) + (low - 0xDC00);
    }
    AppendUtf8(out, point);
  }
  uint32_t Hex4() {
    uint32_t number = 0;
    if (at_ + 4 > text_.size()) Fail();
    const char* first = text_.data() + at_;
    auto [end, error] = std::from_chars(first, first + 4, number, 16);
    if (error != std::errc() || end != first + 4) Fail();
    at_ += 4;
    return number;
  }
  static void AppendUtf8(std::string& out, uint32_t point) {
    auto byte = [&out](uint32_t bits) { out.push_back(static_cast<char>(bits)); };
    if (point < 0x80) {
      byte(point);
    } else if (point < 0x800) {
      byte(0xC0 | point >> 6), byte(0x80 | (point & 0x3F));
    } else if (point < 0x10000) {
      byte(0xE0 | point >> 12), byte(0x80 | (point >> 6 & 0x3F)), byte(0x80 | (point & 0x3F));
    } else {
      byte(0xF0 | point >> 18), byte(0x80 | (point >> 12 & 0x3F));
      byte(0x80 | (point >> 6 & 0x3F)), byte(0x80 | (point & 0x3F));
    }
  }

  std::string_view text_;
  std::deque<std::string>& unescaped_;
  // Of all objects and lists that are open.
  Object members_;
  Array elements_;
  size_t at_ = 0;
};

}  // namespace

Document::Document(std::string_view text) : root_(Parser(text, unescaped_).All()) {}

void JsonWriter::Comma() {
  if (!first_) out_.push_back(',');
  first_ = false;
}

void JsonWriter::Key(std::string_view name) {
  Comma();
  out_.push_back('"');
  out_.append(name);
  out_.append("\":");
}

void JsonWriter::String(std::string_view text) {
  out_.push_back('"');
  size_t plain = 0;  // where what needs no escape begins: most text is appended in one piece
  for (size_t at = 0; at < text.size(); at++) {
    const char c = text[at];
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && c != '"' && c != '\\') continue;
    out_.append(text, plain, at - plain);
    plain = at + 1;
    char escape[8];
    const char* format = byte < 0x20 ? "\\u%04x" : "\\%c";
    std::snprintf(escape, sizeof escape, format, static_cast<unsigned>(byte));
    out_.append(escape);
  }
  out_.append(text, plain);  // the kernel's names are bytes; JavaScript reads them as UTF-8
  out_.push_back('"');
}

void JsonWriter::Unsigned(uint64_t number) {
  char digits[24];
  auto [end, error] = std::to_chars(digits, digits + sizeof digits, number);
  out_.append(digits, end);
}

void JsonWriter::Signed(int64_t number) {
  char digits[24];
  auto [end, error] = std::to_chars(digits, digits + sizeof digits, number);
  out_.append(digits, end);
}

}  // namespace vethwork::codec
