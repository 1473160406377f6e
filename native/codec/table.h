// What the walkers (encode.cc, decode.cc, locate.cc) know of netlink: tables of attributes.
// A message type, a link kind, an address family is one table in one file; kernel numbers come
// from <linux/...> headers and appear in tables only.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace vethwork::codec {

struct Name {
  uint32_t value;
  std::string_view name;
};
using Names = std::span<const Name>;

enum class Type : uint8_t {
  kU8,
  kU16,
  kU32,
  kU64,
  kS32,
  kBe16,
  kBe32,
  kBe64,
  kBeS32,
  kBePacked,       // be32 made of names of `element` bits each, the last lowest: an array
  kFlag,           // present or not, no payload; where a reply has one, a byte of 0 says no
  kString,         // ends in NUL on the wire
  kStrings,        // the same attribute several times: an array
  kBytes,          // hex
  kHardware,       // a link-layer address: "02:42:ac:11:00:02"
  kIp,             // 4 or 16 bytes by length
  kLinkIndex,      // u32; the name of a link is looked up before it is sent
  kNamespace,      // u32; {"namespace": n} becomes a descriptor of the job's n-th namespace
  kNested,         // another table
  kNestedByKind,   // the table that `select` finds for the sibling named `sibling`
  kNestedMessage,  // a fixed header, then attributes (VETH_INFO_PEER)
  kList,           // nested: elements, each of another table; an array of objects
  kStruct,         // fixed fields
  kStructs,        // fixed fields, over and over: an array of objects
  kRecords,        // each its length (u16), more fixed fields, attributes (RTA_MULTIPATH): an array
  kFamilyIp,       // struct rtvia: u16 family, then 4 or 16 bytes
  kSocketAddress,  // struct sockaddr_in or sockaddr_in6: "10.0.0.1:80", "[fd00::1]:80"
  kStructWithRows,  // fixed fields, then others over and over: {"header": {...}, "rows": [...]}
  kUserdata,        // a table whose attributes have a byte each for number and length, unpadded
};

struct Field {
  uint16_t offset;
  uint8_t size;  // bytes: 1, 2, 4 or 8
  std::string_view name;
  Names names = {};
  bool bits = false;   // names are bits: an array of names
  bool index = false;  // a link's index: a name is looked up
  bool sent = false;   // means something in requests only
  bool big_endian = false;
};

struct Layout {
  uint16_t size;
  std::span<const Field> fields;
};

struct Table;

struct Attribute {
  uint16_t number;
  std::string_view name;
  Type type;
  const Table* table = nullptr;
  const Layout* layout = nullptr;
  Names names = {};
  bool bits = false;
  std::string_view sibling = {};
  const Table* (*select)(std::string_view kind) = nullptr;
  uint16_t element = 0;          // of kList: the number of each; of kBePacked: bits of each
  bool repeated = false;         // the same attribute several times: an array
  bool numbered = false;         // of kList: elements are numbered from 1
  const Layout* rows = nullptr;  // of kStructWithRows
};

struct Table {
  std::span<const Attribute> attributes;
  const Layout* prefix = nullptr;  // fixed fields before the attributes, named beside them
};

// A family of generic netlink. Its number is the kernel's to give, and asked for when it is needed.
struct Family {
  std::string_view name;
  uint8_t version;
};

// Whose messages: the protocol of the socket, and what tells the numbers of one protocol apart.
enum class Protocol : uint8_t { kRoute, kNetfilter, kGeneric };
struct Origin {
  Protocol protocol = Protocol::kRoute;
  const Family* family = nullptr;  // of generic netlink
};

struct MessageType {
  uint16_t number;        // of generic netlink: the command
  std::string_view name;  // as the kernel writes it: "RTM_NEWLINK"
  const Layout* header;
  const Table* table;
  Origin origin = {};
  // Another table for some families: the first byte of every header of rtnetlink.
  const Table* (*by_family)(uint8_t family) = nullptr;
};
using MessageTypes = std::span<const MessageType>;

// Rows of a table, to be read like the kernel's own list of attributes.
constexpr Attribute U8(uint16_t number, std::string_view name, Names names = {}) {
  return {.number = number, .name = name, .type = Type::kU8, .names = names};
}
constexpr Attribute U16(uint16_t number, std::string_view name, Names names = {}) {
  return {.number = number, .name = name, .type = Type::kU16, .names = names};
}
constexpr Attribute Bits16(uint16_t number, std::string_view name, Names names) {
  return {.number = number, .name = name, .type = Type::kU16, .names = names, .bits = true};
}
constexpr Attribute U32(uint16_t number, std::string_view name, Names names = {}) {
  return {.number = number, .name = name, .type = Type::kU32, .names = names};
}
constexpr Attribute Bits32(uint16_t number, std::string_view name, Names names) {
  return {.number = number, .name = name, .type = Type::kU32, .names = names, .bits = true};
}
constexpr Attribute Plain(uint16_t number, std::string_view name, Type type) {
  return {.number = number, .name = name, .type = type};
}
constexpr Attribute Nested(uint16_t number, std::string_view name, const Table* table) {
  return {.number = number, .name = name, .type = Type::kNested, .table = table};
}
constexpr Attribute ByKind(uint16_t number, std::string_view name, std::string_view sibling,
                           const Table* (*select)(std::string_view)) {
  return {.number = number,
          .name = name,
          .type = Type::kNestedByKind,
          .sibling = sibling,
          .select = select};
}
constexpr Attribute NestedMessage(uint16_t number, std::string_view name, const Layout* layout,
                                  const Table* table) {
  return {.number = number,
          .name = name,
          .type = Type::kNestedMessage,
          .table = table,
          .layout = layout};
}
// `element`: the number of each element; what comes in may have any.
constexpr Attribute List(uint16_t number, std::string_view name, const Table* table,
                         uint16_t element) {
  return {.number = number, .name = name, .type = Type::kList, .table = table, .element = element};
}
constexpr Attribute NumberedList(uint16_t number, std::string_view name, const Table* table) {
  return {.number = number, .name = name, .type = Type::kList, .table = table, .numbered = true};
}
constexpr Attribute StructWithRows(uint16_t number, std::string_view name, const Layout* header,
                                   const Layout* rows) {
  return {.number = number,
          .name = name,
          .type = Type::kStructWithRows,
          .layout = header,
          .rows = rows};
}
constexpr Attribute Structs(uint16_t number, std::string_view name, const Layout* layout) {
  return {.number = number, .name = name, .type = Type::kStructs, .layout = layout};
}
constexpr Attribute Records(uint16_t number, std::string_view name, const Layout* layout,
                            const Table* table) {
  return {.number = number, .name = name, .type = Type::kRecords, .table = table, .layout = layout};
}
constexpr Attribute Be32(uint16_t number, std::string_view name, Names names = {}) {
  return {.number = number, .name = name, .type = Type::kBe32, .names = names};
}
constexpr Attribute BeBits32(uint16_t number, std::string_view name, Names names) {
  return {.number = number, .name = name, .type = Type::kBe32, .names = names, .bits = true};
}
constexpr Attribute BeBits16(uint16_t number, std::string_view name, Names names) {
  return {.number = number, .name = name, .type = Type::kBe16, .names = names, .bits = true};
}
constexpr Attribute BePacked(uint16_t number, std::string_view name, Names names, uint16_t bits) {
  return {.number = number, .name = name, .type = Type::kBePacked, .names = names, .element = bits};
}
constexpr Attribute Be64(uint16_t number, std::string_view name) {
  return {.number = number, .name = name, .type = Type::kBe64};
}
constexpr Attribute Struct(uint16_t number, std::string_view name, const Layout* layout) {
  return {.number = number, .name = name, .type = Type::kStruct, .layout = layout};
}

constexpr Attribute Be16(uint16_t number, std::string_view name, Names names = {}) {
  return {.number = number, .name = name, .type = Type::kBe16, .names = names};
}
// U8(...) and the like, several times: an array.
constexpr Attribute Repeated(Attribute attribute) {
  attribute.repeated = true;
  return attribute;
}
constexpr Attribute Userdata(uint16_t number, std::string_view name, const Table* table) {
  return {.number = number, .name = name, .type = Type::kUserdata, .table = table};
}

const Attribute* FindByName(const Table& table, std::string_view name);
const Attribute* FindByNumber(const Table& table, uint16_t number);

// nullptr where there is none. The lists are registry.cc in rtnl, nfnl and genl.
const MessageType* FindMessageType(std::string_view name);
const MessageType* FindMessageType(const Origin& origin, uint16_t number);

// The attributes of a message with this header.
const Table& TableOf(const MessageType& type, std::span<const uint8_t> body);

}  // namespace vethwork::codec
