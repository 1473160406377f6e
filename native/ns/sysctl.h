// /proc/sys/net of the namespace that the calling thread is in.
#pragma once

#include <string>

namespace vethwork::ns {

// `path` is below /proc/sys: "net/ipv4/ip_forward". Without the newline at its end.
std::string ReadSysctl(const std::string& path);
void WriteSysctl(const std::string& path, const std::string& value);

}  // namespace vethwork::ns
