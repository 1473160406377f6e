#include "codec/table.h"

namespace vethwork::codec {

const Attribute* FindByName(const Table& table, std::string_view name) {
  for (const Attribute& attribute : table.attributes) {
    if (attribute.name == name) return &attribute;
  }
  return nullptr;
}

const Attribute* FindByNumber(const Table& table, uint16_t number) {
  for (const Attribute& attribute : table.attributes) {
    if (attribute.number == number) return &attribute;
  }
  return nullptr;
}

const Table& TableOf(const MessageType& type, std::span<const uint8_t> body) {
  if (type.by_family == nullptr || body.empty()) return *type.table;
  const Table* table = type.by_family(body[0]);
  return table == nullptr ? *type.table : *table;
}

}  // namespace vethwork::codec
