// The text forms of binary payloads: hardware addresses, IP addresses, hex.
#pragma once

#include <string>
#include <string_view>

#include "codec/codec.h"

namespace vethwork::codec {

// "02:42:ac:11:00:02", any length up to 32 bytes (MAX_ADDR_LEN). False where it is not one.
bool ParseHardware(std::string_view text, Bytes& out);
void WriteHardware(View bytes, std::string& out);

// inet_pton(3): 4 or 16 bytes. False where it is not one.
bool ParseIp(std::string_view text, Bytes& out);
void WriteIp(View bytes, std::string& out);  // hex where the length is neither 4 nor 16

// struct sockaddr_in or sockaddr_in6: "10.0.0.1:80", "[fd00::1]:80". False where it is not one.
bool ParseSocketAddress(std::string_view text, Bytes& out);
void WriteSocketAddress(View bytes, std::string& out);  // hex where it is neither

bool ParseHex(std::string_view text, Bytes& out);
void WriteHex(View bytes, std::string& out);

}  // namespace vethwork::codec
