#include <arpa/inet.h>
#include <endian.h>

#include <algorithm>

#include "base/sys_error.h"
#include "codec/codec.h"
#include "codec/text.h"
#include "codec/wire.h"

namespace vethwork::codec {
namespace {

// The bytes of a string attribute up to its NUL, which the kernel does not always send.
std::string_view Text(View payload) {
  const auto* first = reinterpret_cast<const char*>(payload.data());
  return {first, strnlen(first, payload.size())};
}

void WriteBits(uint64_t bits, Names names, JsonWriter& out) {
  out.Open('[');
  for (const Name& name : names) {
    if ((bits & name.value) == 0) continue;
    out.Comma();
    out.String(name.name);
    bits &= ~uint64_t{name.value};
  }
  out.Close(']');
}

void WriteNumber(uint64_t number, Names names, bool bits, JsonWriter& out) {
  if (bits) return WriteBits(number, names, out);
  for (const Name& name : names) {
    if (name.value == number) return out.String(name.name);
  }
  out.Unsigned(number);
}

uint64_t LoadField(const uint8_t* bytes, const Field& field) {
  const uint64_t number = LoadSized(bytes + field.offset, field.size);
  return field.big_endian ? be64toh(number) >> (64 - field.size * 8) : number;
}

void WriteFields(View bytes, const Layout& layout, JsonWriter& out) {
  for (const Field& field : layout.fields) {
    const bool there = size_t{field.offset} + field.size <= bytes.size();  // an older struct ends
    if (!there || field.sent) continue;
    out.Key(field.name);
    WriteNumber(LoadField(bytes.data(), field), field.names, field.bits, out);
  }
}

void WriteStruct(View bytes, const Layout& layout, JsonWriter& out) {
  out.Open('{');
  WriteFields(bytes, layout, out);
  out.Close('}');
}

// As many as there are whole ones.
void WriteStructs(View bytes, const Layout& layout, JsonWriter& out) {
  out.Open('[');
  for (View left = bytes; left.size() >= layout.size; left = AfterHeader(left, layout)) {
    out.Comma();
    WriteStruct(left, layout, out);
  }
  out.Close(']');
}

void WriteAttributes(View bytes, const Table& table, JsonWriter& out,
                     const Array* without = nullptr);

// kBePacked: names, the last lowest; a number where one has no name.
void WritePacked(uint32_t packed, const Attribute& attribute, JsonWriter& out) {
  const uint32_t mask = (uint32_t{1} << attribute.element) - 1;
  int count = 1;
  for (uint32_t left = packed >> attribute.element; left != 0; left >>= attribute.element) count++;
  for (int at = 0; at < count; at++) {
    const uint32_t one = packed >> (at * attribute.element) & mask;
    bool named = false;
    for (const Name& name : attribute.names) named = named || name.value == one;
    if (!named) return WriteNumber(packed, attribute.names, false, out);
  }
  out.Open('[');
  while (count-- > 0) {
    out.Comma();
    WriteNumber(packed >> (count * attribute.element) & mask, attribute.names, false, out);
  }
  out.Close(']');
}

// As attributes of netlink, which the other walkers know.
Bytes FromUserdata(View left) {
  Bytes framed;
  while (left.size() >= 2 && size_t{left[1]} + 2 <= left.size()) {
    const nlattr header = {.nla_len = static_cast<uint16_t>(NLA_HDRLEN + left[1]),
                           .nla_type = left[0]};
    const size_t start = framed.size();
    framed.resize(start + Align(header.nla_len));
    std::memcpy(framed.data() + start, &header, sizeof header);
    if (left[1] > 0) std::memcpy(framed.data() + start + NLA_HDRLEN, left.data() + 2, left[1]);
    left = left.subspan(size_t{left[1]} + 2);
  }
  return framed;
}

// The table of a kNestedByKind; nullptr where its kind has none, and of all other types.
const Table* KindOf(const Attribute& attribute, View level, const Table& table) {
  if (attribute.type != Type::kNestedByKind) return nullptr;
  return TableOfKind(attribute, level, table);
}

// What the payload must hold at least for its type; shorter ones are left out.
size_t Least(Type type) {
  switch (type) {
    case Type::kU8:
      return 1;
    case Type::kU16:
    case Type::kBe16:
    case Type::kFamilyIp:
      return 2;
    case Type::kU32:
    case Type::kS32:
    case Type::kBe32:
    case Type::kBeS32:
    case Type::kBePacked:
    case Type::kLinkIndex:
    case Type::kNamespace:
      return 4;
    case Type::kU64:
    case Type::kBe64:
      return 8;
    default:
      return 0;
  }
}

void WriteText(void (*write)(View, std::string&), View payload, JsonWriter& out) {
  out.Quoted([&](std::string& text) { write(payload, text); });
}

// All attributes of one number at this level, as an array.
void WriteStrings(View level, uint16_t number, JsonWriter& out) {
  out.Open('[');
  for (AttributeWalk at(level); at.Valid(); at.Next()) {
    if (at.number() != number) continue;
    out.Comma();
    out.String(Text(at.payload()));
  }
  out.Close(']');
}

void WriteOne(const Attribute& attribute, View payload, View level, const Table* by_kind,
              JsonWriter& out) {
  switch (attribute.type) {
    case Type::kU8:
    case Type::kU16:
    case Type::kU32:
    case Type::kU64:
      return WriteNumber(LoadSized(payload.data(), Least(attribute.type)), attribute.names,
                         attribute.bits, out);
    case Type::kLinkIndex:
    case Type::kNamespace:
      return out.Unsigned(Load<uint32_t>(payload.data()));
    case Type::kS32:
      return out.Signed(Load<int32_t>(payload.data()));
    case Type::kBe16:
      return WriteNumber(ntohs(Load<uint16_t>(payload.data())), attribute.names, attribute.bits,
                         out);
    case Type::kBe32:
      return WriteNumber(ntohl(Load<uint32_t>(payload.data())), attribute.names, attribute.bits,
                         out);
    case Type::kBe64:
      return WriteNumber(be64toh(Load<uint64_t>(payload.data())), attribute.names, false, out);
    case Type::kBeS32:
      return out.Signed(static_cast<int32_t>(ntohl(Load<uint32_t>(payload.data()))));
    case Type::kBePacked:
      return WritePacked(ntohl(Load<uint32_t>(payload.data())), attribute, out);
    case Type::kFlag:
      return out.Raw(payload.empty() || payload[0] != 0 ? "true" : "false");
    case Type::kString:
      return out.String(Text(payload));
    case Type::kStrings:
      return WriteStrings(level, attribute.number, out);
    case Type::kBytes:
      return WriteText(WriteHex, payload, out);
    case Type::kHardware:
      return WriteText(WriteHardware, payload, out);
    case Type::kIp:
      return WriteText(WriteIp, payload, out);
    case Type::kNested:
      return WriteAttributes(payload, *attribute.table, out);
    case Type::kNestedByKind:
      return WriteAttributes(payload, *by_kind, out);
    case Type::kNestedMessage:
      out.Open('{');
      out.Key("header");
      WriteStruct(payload, *attribute.layout, out);
      out.Key("attributes");
      WriteAttributes(AfterHeader(payload, *attribute.layout), *attribute.table, out);
      return out.Close('}');
    case Type::kList:
      out.Open('[');
      for (AttributeWalk at(payload); at.Valid(); at.Next()) {
        out.Comma();
        WriteAttributes(at.payload(), *attribute.table, out);
      }
      return out.Close(']');
    case Type::kStruct:
      return WriteStruct(payload, *attribute.layout, out);
    case Type::kStructs:
      return WriteStructs(payload, *attribute.layout, out);
    case Type::kRecords:
      out.Open('[');
      for (RecordWalk at(payload, *attribute.layout); at.Valid(); at.Next()) {
        out.Comma();
        out.Open('{');
        out.Key("header");
        WriteStruct(at.record(), *attribute.layout, out);
        out.Key("attributes");
        WriteAttributes(AfterHeader(at.record(), *attribute.layout), *attribute.table, out);
        out.Close('}');
      }
      return out.Close(']');
    case Type::kFamilyIp:
      return WriteText(WriteIp, payload.subspan(sizeof(uint16_t)), out);
    case Type::kSocketAddress:
      return WriteText(WriteSocketAddress, payload, out);
    case Type::kStructWithRows:
      out.Open('{');
      out.Key("header");
      WriteStruct(payload, *attribute.layout, out);
      out.Key("rows");
      WriteStructs(AfterHeader(payload, *attribute.layout), *attribute.rows, out);
      return out.Close('}');
    case Type::kUserdata:
      return WriteAttributes(FromUserdata(payload), *attribute.table, out);
  }
}

// All attributes of one number at this level, as an array.
void WriteRepeated(const Attribute& attribute, View level, JsonWriter& out) {
  out.Open('[');
  for (AttributeWalk at(level); at.Valid(); at.Next()) {
    if (at.number() != attribute.number || at.payload().size() < Least(attribute.type)) continue;
    out.Comma();
    WriteOne(attribute, at.payload(), level, nullptr, out);
  }
  out.Close(']');
}

bool IsFirst(const AttributeWalk& one, size_t least, View level) {
  AttributeWalk at(level);
  while (at.number() != one.number() || at.payload().size() < least) at.Next();
  return at.start() == one.start();
}

bool Holds(const Array* names, std::string_view name) {
  if (names == nullptr) return false;
  return std::any_of(names->begin(), names->end(), [name](const Value& one) {
    return one.String() != nullptr && *one.String() == name;
  });
}

void WriteAttributes(View bytes, const Table& table, JsonWriter& out, const Array* without) {
  out.Open('{');
  if (table.prefix) {
    WriteFields(bytes, *table.prefix, out);
    bytes = AfterHeader(bytes, *table.prefix);
  }
  for (AttributeWalk at(bytes); at.Valid(); at.Next()) {
    const Attribute* attribute = FindByNumber(table, at.number());
    if (attribute == nullptr || at.payload().size() < Least(attribute->type)) continue;
    if (Holds(without, attribute->name)) continue;
    const Table* by_kind = KindOf(*attribute, bytes, table);
    if (attribute->type == Type::kNestedByKind && by_kind == nullptr) continue;
    const bool is_array = attribute->repeated || attribute->type == Type::kStrings;
    if (is_array && !IsFirst(at, Least(attribute->type), bytes)) continue;
    out.Key(attribute->name);
    if (attribute->repeated) {
      WriteRepeated(*attribute, bytes, out);
      continue;
    }
    WriteOne(*attribute, at.payload(), bytes, by_kind, out);
  }
  out.Close('}');
}

}  // namespace

bool Decode(View message, const Origin& origin, JsonWriter& out, const Array* without) {
  const Known known = Know(message, origin);
  if (known.type == nullptr) return false;
  const MessageType& type = *known.type;
  out.Open('{');
  out.Key("type");
  out.String(type.name);
  out.Key("header");
  WriteStruct(known.body, *type.header, out);
  out.Key("attributes");
  const View attributes = AfterHeader(known.body, *type.header);
  WriteAttributes(attributes, TableOf(type, known.body), out, without);
  out.Close('}');
  return true;
}

void Picker::Learn(const MessageType& type, const Table& table) {
  type_ = &type;
  table_ = &table;
  slots_.clear();
  for (const Value& name : names_) {
    Slot slot;
    const std::string_view wanted = name.String() ? *name.String() : std::string_view();
    for (const Field& field : type.header->fields) {
      if (field.name == wanted) slot.field = &field;
    }
    if (slot.field == nullptr) slot.attribute = FindByName(table, wanted);
    if (slot.field == nullptr && slot.attribute == nullptr) {
      throw SysError(EINVAL, std::string(type.name), std::string(wanted) + " is unknown");
    }
    slots_.push_back(slot);
  }
}

bool Picker::Write(View message, const Origin& origin, JsonWriter& out) {
  const Known known = Know(message, origin);
  if (known.type == nullptr) return false;
  const Table& table = TableOf(*known.type, known.body);
  if (known.type != type_ || &table != table_) Learn(*known.type, table);
  const View level = AfterHeader(known.body, *type_->header);
  for (Slot& slot : slots_) slot.there = false;
  for (AttributeWalk at(level); at.Valid(); at.Next()) {
    for (Slot& slot : slots_) {
      if (slot.attribute == nullptr || slot.attribute->number != at.number() || slot.there)
        continue;
      slot.payload = at.payload();
      slot.there = slot.payload.size() >= Least(slot.attribute->type);
      break;
    }
  }
  out.Open('[');
  for (const Slot& slot : slots_) {
    out.Comma();
    if (slot.field != nullptr) {
      const Field& field = *slot.field;
      WriteNumber(LoadField(known.body.data(), field), field.names, field.bits, out);
      continue;
    }
    const Table* by_kind = slot.there ? KindOf(*slot.attribute, level, table) : nullptr;
    const bool shown =
        slot.there && (by_kind != nullptr || slot.attribute->type != Type::kNestedByKind);
    if (shown && slot.attribute->repeated) {
      WriteRepeated(*slot.attribute, level, out);
    } else if (shown) {
      WriteOne(*slot.attribute, slot.payload, level, by_kind, out);
    } else {
      out.Raw("null");
    }
  }
  out.Close(']');
  return true;
}

std::optional<uint32_t> FindNumber(View message, const Origin& origin, std::string_view field) {
  const auto [type, body] = Know(message, origin);
  if (type == nullptr) return std::nullopt;
  for (const Field& known : type->header->fields) {
    if (known.name == field) {
      return static_cast<uint32_t>(LoadField(body.data(), known));
    }
  }
  const Attribute* wanted = FindByName(TableOf(*type, body), field);
  for (AttributeWalk at(AfterHeader(body, *type->header)); at.Valid(); at.Next()) {
    if (wanted == nullptr || at.number() != wanted->number) continue;
    const size_t size = Least(wanted->type);
    if (size == 0 || size > sizeof(uint32_t) || at.payload().size() < size) return std::nullopt;
    return static_cast<uint32_t>(LoadSized(at.payload().data(), size));
  }
  return std::nullopt;
}

}  // namespace vethwork::codec
