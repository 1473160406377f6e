// Bytes as the kernel might send them, through the decoder, the locator and back through the
// encoder. What the decoder writes has to be JSON that our own parser takes.
#include <cstdlib>

#include "base/sys_error.h"
#include "codec/codec.h"
#include "fuzz/origins.h"
#include "fuzz/resolver.h"

namespace vethwork::fuzz {
namespace {

// Document refuses what is nested deeper than 64; veth peers in veth peers are.
size_t Deepest(const std::string& text) {
  size_t depth = 0, deepest = 0;
  bool quoted = false;
  for (size_t at = 0; at < text.size(); at++) {
    const char c = text[at];
    if (quoted && c == '\\') at++;
    if (c == '"') quoted = !quoted;
    if (!quoted && (c == '{' || c == '[')) deepest = std::max(deepest, ++depth);
    if (!quoted && (c == '}' || c == ']')) depth--;
  }
  return deepest;
}

void Check(bool holds) {
  if (!holds) std::abort();
}

// An answer may hold what a request cannot say, and then is refused: by SysError only.
void Encode(const codec::Value& message) {
  try {
    AnyResolver resolver;
    const codec::Bytes bytes = codec::Encode(message, 1, resolver);
    std::string again;
    codec::JsonWriter out(again);
    Check(codec::Decode(bytes, codec::TypeOf(message).origin, out));
  } catch (const SysError&) {
  }
}

// All fields and attributes of the message's type, and some twice. A picker refuses others, and
// some types have other attributes in another family.
codec::Array NamesOf(const codec::MessageType& type, const codec::Table& table) {
  codec::Array names;
  for (const codec::Field& field : type.header->fields) names.push_back({field.name});
  for (const codec::Attribute& attribute : table.attributes) {
    names.push_back({attribute.name});
    if (attribute.number % 2 == 0) names.push_back({attribute.name});
  }
  return names;
}

void Pick(codec::View message, const codec::Origin& origin) {
  const auto [type, body] = codec::Know(message, origin);
  if (type == nullptr) return;
  const codec::Array names = NamesOf(*type, codec::TableOf(*type, body));
  codec::Picker picker(names);
  std::string text;
  codec::JsonWriter out(text);
  for (const codec::View view : {message, message}) {
    text.clear();
    Check(picker.Write(view, origin, out));
    if (Deepest(text) > 60) continue;
    const codec::Document document(text);
    Check(document.root().List()->size() == names.size());
  }
}

void One(codec::View message, const codec::Origin& origin) {
  std::string text;
  codec::JsonWriter out(text);
  if (codec::Decode(message, origin, out)) {
    if (Deepest(text) <= 60) {
      const codec::Document document(text);
      Encode(document.root());
    }
  } else {
    Check(text.empty());
  }
  Pick(message, origin);
  const auto step = static_cast<uint32_t>(message.size() / 64 + 1) * 4;
  for (uint32_t offset = 0; offset <= message.size() + 4; offset += step) {
    codec::Locate(message, origin, offset);
  }
  for (const std::string_view field : {"index", "family_id", "handle", "link"}) {
    codec::FindNumber(message, origin, field);
  }
}

}  // namespace
}  // namespace vethwork::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace vethwork;
  const codec::View bytes(data, size);
  const codec::Origin& origin = fuzz::OriginOf(bytes);
  fuzz::ForEachMessage(bytes, [&](codec::View one) { fuzz::One(one, origin); });
  fuzz::One(bytes, origin);  // with a length that lies
  return 0;
}
