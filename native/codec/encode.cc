#include <arpa/inet.h>
#include <endian.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <sys/socket.h>

#include <charconv>
#include <cmath>
#include <limits>

#include "base/sys_error.h"
#include "codec/codec.h"
#include "codec/text.h"
#include "codec/wire.h"

namespace vethwork::codec {
namespace {

constexpr Name kFlags[] = {{NLM_F_ACK, "ack"},       {NLM_F_ECHO, "echo"},
                           {NLM_F_DUMP, "dump"},     {NLM_F_CREATE, "create"},
                           {NLM_F_EXCL, "excl"},     {NLM_F_REPLACE, "replace"},
                           {NLM_F_APPEND, "append"}, {NLM_F_BULK, "bulk"}};

const uint32_t* FindValue(Names names, std::string_view name) {
  for (const Name& entry : names) {
    if (entry.name == name) return &entry.value;
  }
  return nullptr;
}

// Where a value stands in its message; written out only for an error.
struct Path {
  const Path* parent;
  std::string_view name;

  std::string Text() const {
    return parent == nullptr ? std::string(name) : parent->Text() + "." + std::string(name);
  }
};

class Encoder {
 public:
  Encoder(std::string_view type, Resolver& resolver, const Array* row, Bytes& out)
      : type_(type), resolver_(resolver), row_(row), out_(out) {}

  void Header(const Layout& layout, const Value* fields) {
    const size_t start = out_.size();
    out_.resize(start + Align(layout.size));
    if (fields == nullptr) return;
    constexpr Path kHeader = {nullptr, "header"};
    if (fields->Members() == nullptr) Fail(kHeader, "is not an object");
    for (const Member& member : *fields->Members()) {
      const Path here = {&kHeader, member.name};
      const Field* field = FindField(layout, member.name);
      if (field == nullptr) Fail(here, "is unknown");
      if (const Value* value = Given(member.value, here)) Place(start, *field, *value, here);
    }
  }

  void Attributes(const Table& table, const Value* values, const Path* path) {
    if (values == nullptr) return;
    if (values->Members() == nullptr) Fail(path ? *path : Path{}, "is not an object");
    const size_t start = out_.size();
    if (table.prefix) out_.resize(start + Align(table.prefix->size));
    for (const Member& member : *values->Members()) {
      const Path here = {path, member.name};
      if (const Field* field = table.prefix ? FindField(*table.prefix, member.name) : nullptr) {
        Place(start, *field, member.value, here);
        continue;
      }
      const Attribute* attribute = FindByName(table, member.name);
      if (attribute == nullptr) Fail(here, "is unknown");
      const Value* value = Given(member.value, here);
      if (value == nullptr) continue;
      if (!attribute->repeated) {
        One(*attribute, *value, *values, here);
        continue;
      }
      if (value->List() == nullptr) Fail(here, "is not a list");
      for (const Value& one : *value->List()) One(*attribute, one, *values, here);
    }
  }

  uint32_t Flags(const Value* flags) {
    return flags == nullptr ? 0 : Bits(kFlags, *flags, {nullptr, "flags"});
  }

 private:
  [[noreturn]] void Fail(const Path& path, const char* what) const {
    throw SysError(EINVAL, std::string(type_), path.Text() + " " + what);
  }

  // The value itself, or what the row has in its place: nullptr where it leaves it out.
  const Value* Given(const Value& value, const Path& path) const {
    const Value* position = row_ == nullptr ? nullptr : value.Find("row");
    if (position == nullptr) return &value;
    const double* number = position->Number();
    if (number == nullptr || !(*number >= 0 && *number < static_cast<double>(row_->size()))) {
      Fail(path, "is not in its row");
    }
    const Value& given = (*row_)[static_cast<size_t>(*number)];
    return given.IsNull() ? nullptr : &given;
  }

  static const Field* FindField(const Layout& layout, std::string_view name) {
    for (const Field& field : layout.fields) {
      if (field.name == name) return &field;
    }
    return nullptr;
  }

  void Place(size_t start, const Field& field, const Value& value, const Path& path) {
    uint64_t number = 0;
    if (field.bits) {
      number = Bits(field.names, value, path);
    } else if (field.index) {
      number = Index(value, path);
    } else {
      number = Integer(value, field.names, SizeLimit(field.size), path);
    }
    // Little endian, as ours
    if (field.big_endian) number = htobe64(number) >> (64 - field.size * 8);
    std::memcpy(out_.data() + start + field.offset, &number, field.size);
  }

  static uint64_t SizeLimit(size_t size) {
    return size == 8 ? std::numeric_limits<uint64_t>::max() : (uint64_t{1} << (size * 8)) - 1;
  }

  // A whole number, a name of `names`, a reference to an earlier result, or decimal text (64 bits).
  uint64_t Integer(const Value& value, Names names, uint64_t most, const Path& path) {
    if (const std::string_view* name = value.String()) {
      if (const uint32_t* number = FindValue(names, *name)) return *number;
      uint64_t number = 0;
      const char* end = name->data() + name->size();
      auto [stop, error] = std::from_chars(name->data(), end, number);
      if (name->empty() || error != std::errc() || stop != end || !names.empty()) {
        Fail(path, "is not one of its names");
      }
      if (number > most) Fail(path, "is out of range");
      return number;
    }
    if (value.Find("of") != nullptr) return resolver_.Result(value);
    const double* number = value.Number();
    if (number == nullptr) Fail(path, "is not a number");
    // 2^64, which UINT64_MAX is as a double, is no uint64_t.
    if (*number != std::floor(*number) || *number < 0 || *number >= 0x1p64 ||
        static_cast<uint64_t>(*number) > most) {
      Fail(path, "is out of range");
    }
    return static_cast<uint64_t>(*number);
  }

  uint32_t Bits(Names names, const Value& value, const Path& path) {
    if (value.Number() != nullptr) {
      return static_cast<uint32_t>(Integer(value, {}, SizeLimit(4), path));
    }
    if (value.List() == nullptr) Fail(path, "is not a list of names");
    uint32_t bits = 0;
    for (const Value& entry : *value.List()) {
      const uint32_t* bit = entry.String() ? FindValue(names, *entry.String()) : nullptr;
      if (bit == nullptr) Fail(path, "holds an unknown name");
      bits |= *bit;
    }
    return bits;
  }

  uint32_t Index(const Value& value, const Path& path) {
    if (value.String() != nullptr) return resolver_.LinkIndex(std::string(*value.String()));
    return static_cast<uint32_t>(Integer(value, {}, SizeLimit(4), path));
  }

  std::string_view Text(const Value& value, const Path& path) const {
    if (value.String() == nullptr) Fail(path, "is not a string");
    return *value.String();
  }

  void One(const Attribute& attribute, const Value& value, const Value& siblings,
           const Path& path) {
    switch (attribute.type) {
      case Type::kU8:
        return Number<uint8_t>(attribute, value, path);
      case Type::kU16:
        return Number<uint16_t>(attribute, value, path);
      case Type::kU32:
        return Number<uint32_t>(attribute, value, path);
      case Type::kU64:
        return Number<uint64_t>(attribute, value, path);
      case Type::kS32:
        return Put(attribute, SignedNumber(value, path));
      case Type::kBe16:
        return Put(attribute,
                   htons(static_cast<uint16_t>(
                       attribute.bits ? Bits(attribute.names, value, path)
                                      : Integer(value, attribute.names, SizeLimit(2), path))));
      case Type::kBe32:
        return Put(attribute,
                   htonl(static_cast<uint32_t>(
                       attribute.bits ? Bits(attribute.names, value, path)
                                      : Integer(value, attribute.names, SizeLimit(4), path))));
      case Type::kBe64:
        return Put(attribute, htobe64(Integer(value, attribute.names, SizeLimit(8), path)));
      case Type::kBeS32:
        return Put(attribute, htonl(static_cast<uint32_t>(SignedNumber(value, path))));
      case Type::kBePacked:
        return Put(attribute, htonl(Packed(attribute, value, path)));
      case Type::kFlag:
        if (value.Bool() == nullptr) Fail(path, "is not true or false");
        if (*value.Bool()) Put(attribute.number, {});
        return;
      case Type::kString:
        return PutText(attribute, Text(value, path), path);
      case Type::kStrings:
        if (value.List() == nullptr) Fail(path, "is not a list of strings");
        for (const Value& entry : *value.List()) PutText(attribute, Text(entry, path), path);
        return;
      case Type::kBytes:
        return Parsed(attribute, path, ParseHex(Text(value, path), Scratch()), "is not hex");
      case Type::kHardware:
        return Parsed(attribute, path, ParseHardware(Text(value, path), Scratch()),
                      "is not a hardware address");
      case Type::kIp:
        return Parsed(attribute, path, ParseIp(Text(value, path), Scratch()),
                      "is not an IP address");
      case Type::kFamilyIp: {
        Bytes ip;
        if (!ParseIp(Text(value, path), ip)) Fail(path, "is not an IP address");
        const uint16_t family = ip.size() == 4 ? AF_INET : AF_INET6;
        Scratch().resize(sizeof family);
        std::memcpy(scratch_.data(), &family, sizeof family);
        scratch_.insert(scratch_.end(), ip.begin(), ip.end());
        return Put(attribute.number, scratch_);
      }
      case Type::kLinkIndex:
        return Put(attribute, Index(value, path));
      case Type::kNamespace: {
        const Value* which = value.Find("namespace");
        if (which == nullptr) Fail(path, "is not a namespace");
        const auto number = Integer(*which, {}, SizeLimit(2), path);
        return Put(attribute, resolver_.NamespaceFd(static_cast<uint32_t>(number)));
      }
      case Type::kNested:
        return Nest(attribute.number, [&] { Attributes(*attribute.table, &value, &path); });
      case Type::kNestedByKind: {
        const Value* kind = siblings.Find(attribute.sibling);
        const std::string_view* name = kind ? kind->String() : nullptr;
        const Table* table = name ? attribute.select(*name) : nullptr;
        if (table == nullptr) Fail(path, "has no table for its kind");
        return Nest(attribute.number, [&] { Attributes(*table, &value, &path); });
      }
      case Type::kNestedMessage:
        return Nest(attribute.number, [&] {
          Header(*attribute.layout, value.Find("header"));
          Attributes(*attribute.table, value.Find("attributes"), &path);
        });
      case Type::kList:
        if (value.List() == nullptr) Fail(path, "is not a list");
        return Nest(attribute.number, [&] {
          uint16_t number = attribute.element;
          for (const Value& element : *value.List()) {
            if (attribute.numbered) number++;
            Nest(number, [&] { Attributes(*attribute.table, &element, &path); });
          }
        });
      case Type::kStruct:
        return Wrap(attribute.number, [&] { Header(*attribute.layout, &value); });
      case Type::kStructs:
        if (value.List() == nullptr) Fail(path, "is not a list");
        return Wrap(attribute.number, [&] {
          for (const Value& element : *value.List()) Header(*attribute.layout, &element);
        });
      case Type::kRecords:
        if (value.List() == nullptr) Fail(path, "is not a list");
        return Wrap(attribute.number, [&] {
          for (const Value& element : *value.List()) Record(attribute, element, path);
        });
      case Type::kSocketAddress:
        return Parsed(attribute, path, ParseSocketAddress(Text(value, path), Scratch()),
                      "is not an address with a port");
      case Type::kStructWithRows: {
        const Value* rows = value.Find("rows");
        if (rows == nullptr || rows->List() == nullptr) Fail(path, "has no rows");
        return Wrap(attribute.number, [&] {
          Header(*attribute.layout, value.Find("header"));
          for (const Value& row : *rows->List()) Header(*attribute.rows, &row);
        });
      }
      case Type::kUserdata:
        return PutUserdata(attribute, value, path);
    }
  }

  void Record(const Attribute& attribute, const Value& element, const Path& path) {
    const size_t start = out_.size();
    Header(*attribute.layout, element.Find("header"));
    Attributes(*attribute.table, element.Find("attributes"), &path);
    const auto length = static_cast<uint16_t>(out_.size() - start);  // Wrap() refuses longer ones
    std::memcpy(out_.data() + start, &length, sizeof length);
  }

  template <typename T>
  void Number(const Attribute& attribute, const Value& value, const Path& path) {
    const uint64_t number = attribute.bits
                                ? Bits(attribute.names, value, path)
                                : Integer(value, attribute.names, SizeLimit(sizeof(T)), path);
    Put(attribute, static_cast<T>(number));
  }

  int32_t SignedNumber(const Value& value, const Path& path) const {
    const double* number = value.Number();
    if (number == nullptr || *number != std::floor(*number) || *number < INT32_MIN ||
        *number > INT32_MAX) {
      Fail(path, "is out of range");
    }
    return static_cast<int32_t>(*number);
  }

  uint32_t Packed(const Attribute& attribute, const Value& value, const Path& path) {
    if (value.List() == nullptr) {
      return static_cast<uint32_t>(Integer(value, attribute.names, SizeLimit(4), path));
    }
    if (value.List()->size() * attribute.element > 32) Fail(path, "has too many names");
    uint32_t packed = 0;
    for (const Value& entry : *value.List()) {
      const uint64_t most = (uint64_t{1} << attribute.element) - 1;
      packed = packed << attribute.element |
               static_cast<uint32_t>(Integer(entry, attribute.names, most, path));
    }
    return packed;
  }

  // Written as attributes of netlink first, then framed anew. Text is hex of what is framed
  // already.
  void PutUserdata(const Attribute& attribute, const Value& value, const Path& path) {
    if (value.String() != nullptr) {
      return Parsed(attribute, path, ParseHex(Text(value, path), Scratch()), "is not hex");
    }
    const size_t start = out_.size();
    Attributes(*attribute.table, &value, &path);
    Bytes framed;
    for (AttributeWalk at(View(out_).subspan(start)); at.Valid(); at.Next()) {
      if (at.payload().size() > std::numeric_limits<uint8_t>::max()) {
        Fail(path, "has a value longer than 255 bytes");
      }
      framed.push_back(static_cast<uint8_t>(at.number()));
      framed.push_back(static_cast<uint8_t>(at.payload().size()));
      framed.insert(framed.end(), at.payload().begin(), at.payload().end());
    }
    out_.resize(start);
    Put(attribute.number, framed);
  }

  Bytes& Scratch() {
    scratch_.clear();
    return scratch_;
  }
  void Parsed(const Attribute& attribute, const Path& path, bool ok, const char* what) {
    if (!ok) Fail(path, what);
    Put(attribute.number, scratch_);
  }

  void PutText(const Attribute& attribute, std::string_view text, const Path& path) {
    if (text.find('\0') != std::string_view::npos) Fail(path, "holds a NUL byte");
    scratch_.assign(text.begin(), text.end());
    scratch_.push_back('\0');
    Put(attribute.number, scratch_);
  }
  template <typename T>
  void Put(const Attribute& attribute, T number) {
    Put(attribute.number, View(reinterpret_cast<const uint8_t*>(&number), sizeof number));
  }
  void Put(uint16_t number, View payload) {
    if (payload.size() > std::numeric_limits<uint16_t>::max() - NLA_HDRLEN) {
      throw SysError(EMSGSIZE, std::string(type_), "an attribute is longer than 65531 bytes");
    }
    nlattr header = {.nla_len = static_cast<uint16_t>(NLA_HDRLEN + payload.size()),
                     .nla_type = number};
    const size_t start = out_.size();
    out_.resize(start + Align(header.nla_len));  // pads with zeros
    std::memcpy(out_.data() + start, &header, sizeof header);
    if (!payload.empty()) {
      std::memcpy(out_.data() + start + NLA_HDRLEN, payload.data(), payload.size());
    }
  }
  template <typename Inside>
  void Nest(uint16_t number, Inside inside) {
    Wrap(static_cast<uint16_t>(number | NLA_F_NESTED), inside);
  }
  template <typename Inside>
  void Wrap(uint16_t type, Inside inside) {
    const size_t start = out_.size();
    out_.resize(start + NLA_HDRLEN);
    inside();
    const size_t length = out_.size() - start;
    if (length > std::numeric_limits<uint16_t>::max()) {
      throw SysError(EMSGSIZE, std::string(type_), "a nested attribute is longer than 65531 bytes");
    }
    nlattr header = {.nla_len = static_cast<uint16_t>(length), .nla_type = type};
    std::memcpy(out_.data() + start, &header, sizeof header);
  }

  std::string_view type_;
  Resolver& resolver_;
  const Array* row_;
  Bytes& out_;
  Bytes scratch_;
};

}  // namespace

const MessageType& TypeOf(const Value& message) {
  const Value* name = message.Find("type");
  const MessageType* type = name && name->String() ? FindMessageType(*name->String()) : nullptr;
  if (type == nullptr) throw SysError(EINVAL, "encode", "the message's type is unknown");
  return *type;
}

Bytes Encode(const Value& message, uint32_t sequence, Resolver& resolver, const Array* row) {
  const MessageType& type = TypeOf(message);
  Bytes out(NLMSG_HDRLEN);
  out.reserve(512);
  Encoder encoder(type.name, resolver, row, out);
  const uint32_t flags = encoder.Flags(message.Find("flags"));
  if (const Family* family = type.origin.family) {
    const genlmsghdr generic = {
        .cmd = static_cast<uint8_t>(type.number), .version = family->version, .reserved = 0};
    out.resize(NLMSG_HDRLEN + GENL_HDRLEN);
    std::memcpy(out.data() + NLMSG_HDRLEN, &generic, sizeof generic);
  }
  encoder.Header(*type.header, message.Find("header"));
  const size_t body = NLMSG_HDRLEN + (type.origin.family ? GENL_HDRLEN : 0);
  encoder.Attributes(TableOf(type, View(out).subspan(body)), message.Find("attributes"), nullptr);
  const nlmsghdr header = {
      .nlmsg_len = static_cast<uint32_t>(out.size()),
      .nlmsg_type = type.origin.family ? resolver.FamilyId(*type.origin.family) : type.number,
      .nlmsg_flags = static_cast<uint16_t>(NLM_F_REQUEST | flags),
      .nlmsg_seq = sequence,
      .nlmsg_pid = 0};
  std::memcpy(out.data(), &header, sizeof header);
  return out;
}

}  // namespace vethwork::codec
