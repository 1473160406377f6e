// Attributes on the wire: include/uapi/linux/netlink.h, struct nlattr.
#pragma once

#include <arpa/inet.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>

#include <cstring>

#include "codec/codec.h"

namespace vethwork::codec {

constexpr size_t Align(size_t length) { return (length + 3) & ~size_t{3}; }

// Reads a number in host order; no alignment is asked of the bytes.
template <typename T>
T Load(const uint8_t* bytes) {
  T number;
  std::memcpy(&number, bytes, sizeof number);
  return number;
}

inline uint64_t LoadSized(const uint8_t* bytes, size_t size) {
  switch (size) {
    case 1:
      return *bytes;
    case 2:
      return Load<uint16_t>(bytes);
    case 4:
      return Load<uint32_t>(bytes);
    default:
      return Load<uint64_t>(bytes);
  }
}

// Walks the attributes in `bytes`: for (AttributeWalk at(bytes); at.Valid(); at.Next()).
// Stops at the first header that does not fit: nothing is ever read beyond `bytes`.
class AttributeWalk {
 public:
  explicit AttributeWalk(View bytes) : bytes_(bytes) { Look(); }
  bool Valid() const { return length_ != 0; }
  void Next() {
    const size_t step = Align(length_);
    bytes_ = step >= bytes_.size() ? View{} : bytes_.subspan(step);
    Look();
  }
  uint16_t number() const { return number_; }
  View payload() const { return bytes_.subspan(NLA_HDRLEN, length_ - NLA_HDRLEN); }
  const uint8_t* start() const { return bytes_.data(); }

 private:
  void Look() {
    length_ = 0;
    if (bytes_.size() < NLA_HDRLEN) return;
    const auto header = Load<nlattr>(bytes_.data());
    if (header.nla_len < NLA_HDRLEN || header.nla_len > bytes_.size()) return;
    length_ = header.nla_len;
    number_ = static_cast<uint16_t>(header.nla_type & NLA_TYPE_MASK);
  }

  View bytes_;
  size_t length_ = 0;
  uint16_t number_ = 0;
};

// The bytes after nlmsghdr, cut to nlmsg_len; empty where that does not fit.
inline View Payload(View message) {
  if (message.size() < NLMSG_HDRLEN) return {};
  const auto header = Load<nlmsghdr>(message.data());
  if (header.nlmsg_len < NLMSG_HDRLEN || header.nlmsg_len > message.size()) return {};
  return message.subspan(NLMSG_HDRLEN, header.nlmsg_len - NLMSG_HDRLEN);
}

// What kind of message it is, and what follows the headers that all of its protocol have. `type` is
// nullptr where it is not known or cut short.
struct Known {
  const MessageType* type = nullptr;
  View body;
};

inline Known Know(View message, const Origin& origin) {
  View body = Payload(message);
  if (body.empty() && message.size() < NLMSG_HDRLEN) return {};
  uint16_t number = Load<nlmsghdr>(message.data()).nlmsg_type;
  if (origin.family != nullptr) {  // of generic netlink
    if (body.size() < GENL_HDRLEN) return {};
    number = body[0];
    body = body.subspan(GENL_HDRLEN);
  }
  const MessageType* type = FindMessageType(origin, number);
  if (type == nullptr || body.size() < type->header->size) return {};
  return {type, body};
}

inline View AfterHeader(View payload, const Layout& layout) {
  const size_t size = Align(layout.size);
  return size >= payload.size() ? View{} : payload.subspan(size);
}

// Walks records that begin with their length, as RTNH_NEXT() does.
class RecordWalk {
 public:
  RecordWalk(View bytes, const Layout& layout) : bytes_(bytes), least_(layout.size) { Look(); }
  bool Valid() const { return length_ != 0; }
  void Next() {
    const size_t step = Align(length_);
    bytes_ = step >= bytes_.size() ? View{} : bytes_.subspan(step);
    Look();
  }
  View record() const { return bytes_.first(length_); }

 private:
  void Look() {
    length_ = 0;
    if (bytes_.size() < least_) return;
    const size_t length = Load<uint16_t>(bytes_.data());
    if (length >= least_ && length <= bytes_.size()) length_ = length;
  }

  View bytes_;
  size_t least_;
  size_t length_ = 0;
};

// The table of a kNestedByKind among its siblings, or nullptr. The kind is text, or a name of a
// be32.
inline const Table* TableOfKind(const Attribute& attribute, View level, const Table& table) {
  const Attribute* sibling = FindByName(table, attribute.sibling);
  for (AttributeWalk at(level); at.Valid(); at.Next()) {
    if (sibling == nullptr || at.number() != sibling->number) continue;
    const View kind = at.payload();
    if (sibling->type == Type::kString) {
      const auto* first = reinterpret_cast<const char*>(kind.data());
      return attribute.select({first, strnlen(first, kind.size())});
    }
    if (kind.size() < sizeof(uint32_t)) return nullptr;
    for (const Name& name : sibling->names) {
      if (name.value == ntohl(Load<uint32_t>(kind.data()))) return attribute.select(name.name);
    }
  }
  return nullptr;
}

}  // namespace vethwork::codec
