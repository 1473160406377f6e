// Text as JavaScript might send it: through the JSON parser, back to text and in again; and where
// it is a message, through the encoder and the decoder.
#include <charconv>
#include <cstdlib>

#include "base/sys_error.h"
#include "codec/codec.h"
#include "fuzz/origins.h"
#include "fuzz/resolver.h"

namespace vethwork::fuzz {
namespace {

using codec::Value;

void Check(bool holds) {
  if (!holds) std::abort();
}

void Write(const Value& value, std::string& text, codec::JsonWriter& out) {
  if (const bool* yes = value.Bool()) return out.Raw(*yes ? "true" : "false");
  if (const std::string_view* string = value.String()) return out.String(*string);
  if (const double* number = value.Number()) {
    char digits[64];
    const auto [end, error] = std::to_chars(digits, digits + sizeof digits, *number);
    Check(error == std::errc());
    text.append(digits, end);
    return;
  }
  if (const codec::Array* list = value.List()) {
    out.Open('[');
    for (const Value& one : *list) {
      out.Comma();
      Write(one, text, out);
    }
    return out.Close(']');
  }
  if (const codec::Object* members = value.Members()) {
    out.Open('{');
    for (const codec::Member& member : *members) {
      out.Comma();
      out.String(member.name);
      out.Raw(":");
      Write(member.value, text, out);
    }
    return out.Close('}');
  }
  out.Raw("null");
}

bool Same(const Value& one, const Value& other) {
  if (one.data.index() != other.data.index()) return false;
  if (one.Bool()) return *one.Bool() == *other.Bool();
  if (one.Number()) return *one.Number() == *other.Number();
  if (one.String()) return *one.String() == *other.String();
  if (const codec::Array* list = one.List()) {
    if (list->size() != other.List()->size()) return false;
    for (size_t at = 0; at < list->size(); at++) {
      if (!Same((*list)[at], (*other.List())[at])) return false;
    }
  }
  if (const codec::Object* members = one.Members()) {
    if (members->size() != other.Members()->size()) return false;
    for (size_t at = 0; at < members->size(); at++) {
      const codec::Member &left = (*members)[at], &right = (*other.Members())[at];
      if (left.name != right.name || !Same(left.value, right.value)) return false;
    }
  }
  return true;
}

void Encode(const Value& message, const codec::Array* row) {
  AnyResolver resolver;
  const codec::Bytes bytes = codec::Encode(message, 1, resolver, row);
  const codec::Origin& origin = codec::TypeOf(message).origin;
  Check(bytes.size() >= NLMSG_HDRLEN);
  Check(codec::Load<nlmsghdr>(bytes.data()).nlmsg_len == bytes.size());
  std::string decoded;
  codec::JsonWriter out(decoded);
  Check(codec::Decode(bytes, origin, out));
  const codec::Document parsed(decoded);
  for (uint32_t offset = 0; offset < bytes.size() && offset < 1024; offset += 4) {
    codec::Locate(bytes, origin, offset);
  }
}

}  // namespace
}  // namespace vethwork::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace vethwork;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::optional<codec::Document> document;
  try {
    document.emplace(text);
  } catch (const SysError&) {
    return 0;
  }
  std::string again;
  codec::JsonWriter out(again);
  fuzz::Write(document->root(), again, out);
  const codec::Document parsed(again);
  fuzz::Check(fuzz::Same(document->root(), parsed.root()));
  try {
    const codec::Value* row = document->root().Find("row");
    fuzz::Encode(document->root(), row ? row->List() : nullptr);
  } catch (const SysError&) {
  }
  return 0;
}
