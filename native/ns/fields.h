// Reads the fields of a job's text. What is not there, or of another type, is EINVAL of "job".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "codec/codec.h"

namespace vethwork::ns {

[[noreturn]] void Malformed(const char* what);

std::string_view View(const codec::Value& step, const char* key);
std::string Text(const codec::Value& step, const char* key);
uint32_t Integer(const codec::Value& step, const char* key);
std::optional<uint32_t> MaybeInteger(const codec::Value& step, const char* key);
// Absent: false.
bool Flag(const codec::Value& step, const char* key);
// Null where it is absent.
const codec::Array* List(const codec::Value& step, const char* key);
// "messages", of which there is one at least.
const codec::Array& Messages(const codec::Value& step);

}  // namespace vethwork::ns
