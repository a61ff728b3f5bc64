#include "controller/alerts/label_rows.hpp"

namespace vigie::controller::alerts {

void write_labels(keys::KeyWriter& row, const query::Labels& labels) {
    row.u32(static_cast<uint32_t>(labels.size()));
    for (const auto& [name, value] : labels) {
        row.bytes(name).bytes(value);
    }
}

query::Labels read_labels(keys::KeyReader& row) {
    query::Labels labels;
    const auto count = row.u32();
    for (uint32_t i = 0; i < count && row.is_ok(); ++i) {
        auto name = row.bytes();
        labels[std::move(name)] = row.bytes();
    }
    return labels;
}

Fnv1a& Fnv1a::add(std::string_view bytes) {
    for (const char byte : bytes) {
        hash_ = (hash_ ^ static_cast<uint8_t>(byte)) * 1099511628211ULL;
    }
    return *this;
}

std::string Fnv1a::hex() const {
    return fmt::format("{:016x}", hash_);
}

}  // namespace vigie::controller::alerts
