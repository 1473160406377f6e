#include "ns/fields.h"

#include <cerrno>

#include "base/sys_error.h"

namespace vethwork::ns {

using codec::Value;

void Malformed(const char* what) { throw SysError(EINVAL, "job", what); }

std::string_view View(const Value& step, const char* key) {
  const Value* value = step.Find(key);
  if (!value || !value->String()) Malformed(key);
  return *value->String();
}

std::string Text(const Value& step, const char* key) { return std::string(View(step, key)); }

uint32_t Integer(const Value& step, const char* key) {
  const Value* value = step.Find(key);
  if (!value || !value->Number()) Malformed(key);
  if (*value->Number() < 0 || *value->Number() > UINT32_MAX) Malformed(key);
  return static_cast<uint32_t>(*value->Number());
}

std::optional<uint32_t> MaybeInteger(const Value& step, const char* key) {
  return step.Find(key) ? std::optional(Integer(step, key)) : std::nullopt;
}

bool Flag(const Value& step, const char* key) {
  const Value* value = step.Find(key);
  return value && value->Bool() && *value->Bool();
}

const codec::Array* List(const Value& step, const char* key) {
  const Value* value = step.Find(key);
  return value ? value->List() : nullptr;
}

const codec::Array& Messages(const Value& step) {
  const Value* messages = step.Find("messages");
  if (!messages || !messages->List() || messages->List()->empty()) {
    Malformed("has a step without messages");
  }
  return *messages->List();
}

}  // namespace vethwork::ns
