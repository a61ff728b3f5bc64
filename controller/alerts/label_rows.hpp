// Label sets inside rows, and the hash that ids are made of.
#pragma once
#include <string>
#include <string_view>

#include "controller/query/labels.hpp"
#include "controller/store/keys.hpp"

namespace vigie::controller::alerts {

void write_labels(keys::KeyWriter& row, const query::Labels& labels);
query::Labels read_labels(keys::KeyReader& row);  // spoils the reader when malformed

// FNV-1a, 64 bit (http://www.isthe.com/chongo/tech/comp/fnv/). Names things; no protection against intent.
class Fnv1a {
  public:
    Fnv1a& add(std::string_view bytes);
    Fnv1a& separate() { return add("\xff"); }
    std::string hex() const;
    uint64_t value() const { return hash_; }

  private:
    uint64_t hash_ = 14695981039346656037ULL;
};

}  // namespace vigie::controller::alerts
