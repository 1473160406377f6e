// A SysError as JSON: {code, errno, meaning, syscall, detail, extack, attribute, holder, step,
// message}.
#pragma once

#include <string>

#include "base/sys_error.h"
#include "codec/value.h"

namespace vethwork::ns {

void WriteError(const SysError& error, codec::JsonWriter& out);
std::string ErrorText(const SysError& error);

}  // namespace vethwork::ns
