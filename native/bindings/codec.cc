#include "bindings/codec.h"

#include <linux/genetlink.h>

#include "codec/codec.h"
#include "codec/wire.h"
#include "ns/error_text.h"

namespace vethwork::bindings {
namespace {

// Stands in for what only a running job knows.
class NoResolver : public codec::Resolver {
 public:
  uint32_t LinkIndex(const std::string& name) override { Refuse(name); }
  uint32_t Result(const codec::Value&) override { Refuse("a reference"); }
  uint32_t NamespaceFd(uint32_t which) override { return which; }
  uint16_t FamilyId(const codec::Family&) override { return kAnyFamily; }

 private:
  static constexpr uint16_t kAnyFamily = GENL_START_ALLOC;  // the kernel would give one
  [[noreturn]] static void Refuse(const std::string& what) {
    throw SysError(EINVAL, "encode", what + " needs a kernel");
  }
};

codec::View BytesOf(const Napi::CallbackInfo& info) {
  if (info.Length() < 1 || !info[0].IsTypedArray()) {
    throw Napi::TypeError::New(info.Env(), "expected bytes");
  }
  const auto array = info[0].As<Napi::Uint8Array>();
  return {array.Data(), array.ByteLength()};
}

// What the bytes belong to: the name of any message of that protocol and family; else rtnetlink.
codec::Origin OriginOf(const Napi::Value& like) {
  if (!like.IsString()) return {};
  const auto* type = codec::FindMessageType(like.As<Napi::String>().Utf8Value());
  if (type == nullptr) throw Napi::TypeError::New(like.Env(), "not a message's type");
  return type->origin;
}

Napi::Value Encode(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  try {
    NoResolver resolver;
    const std::string text = info[0].ToString().Utf8Value();
    const codec::Document message(text);
    const codec::Bytes bytes = codec::Encode(message.root(), 1, resolver);
    auto array = Napi::Uint8Array::New(env, bytes.size());
    std::copy(bytes.begin(), bytes.end(), array.Data());
    return array;
  } catch (const SysError& error) {
    throw Napi::Error::New(env, ns::ErrorText(error));
  }
}

Napi::Value Decode(const Napi::CallbackInfo& info) {
  const codec::View bytes = BytesOf(info);
  const codec::Origin origin = OriginOf(info[1]);
  std::string text;
  codec::JsonWriter out(text);
  out.Open('[');
  for (codec::View left = bytes; left.size() >= NLMSG_HDRLEN;) {
    const auto header = codec::Load<nlmsghdr>(left.data());
    if (header.nlmsg_len < NLMSG_HDRLEN || header.nlmsg_len > left.size()) break;
    out.Comma();
    if (!codec::Decode(left.first(header.nlmsg_len), origin, out)) out.Raw("null");
    const size_t step = codec::Align(header.nlmsg_len);
    left = step >= left.size() ? codec::View{} : left.subspan(step);
  }
  out.Close(']');
  return Napi::String::New(info.Env(), text);
}

Napi::Value Locate(const Napi::CallbackInfo& info) {
  const codec::View bytes = BytesOf(info);
  const uint32_t offset = info[1].ToNumber().Uint32Value();
  return Napi::String::New(info.Env(), codec::Locate(bytes, OriginOf(info[2]), offset));
}

}  // namespace

void DefineCodec(Napi::Env env, Napi::Object exports) {
  exports["encode"] = Napi::Function::New(env, Encode, "encode");
  exports["decode"] = Napi::Function::New(env, Decode, "decode");
  exports["locate"] = Napi::Function::New(env, Locate, "locate");
}

}  // namespace vethwork::bindings
