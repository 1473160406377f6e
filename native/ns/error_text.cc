#include "ns/error_text.h"

#include <cstring>

#include "base/errno_name.h"

namespace vethwork::ns {

void WriteError(const SysError& error, codec::JsonWriter& out) {
  const auto text = [&out](const char* key, const std::string& value) {
    if (value.empty()) return;
    out.Key(key);
    out.String(value);
  };
  const auto number = [&out](const char* key, int value) {
    if (value < 0) return;
    out.Key(key);
    out.Signed(value);
  };
  out.Open('{');
  text("code", ErrnoName(error.number));
  out.Key("errno");  // negative, as in NodeJS.ErrnoException
  out.Signed(-error.number);
  text("meaning", std::strerror(error.number));
  text("syscall", error.syscall);
  text("detail", error.detail);
  text("extack", error.extack);
  text("attribute", error.attribute);
  number("holder", error.holder);
  number("step", error.step);
  number("message", error.message);
  out.Close('}');
}

std::string ErrorText(const SysError& error) {
  std::string text;
  codec::JsonWriter out(text);
  WriteError(error, out);
  return text;
}

}  // namespace vethwork::ns
