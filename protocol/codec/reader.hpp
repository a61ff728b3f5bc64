// MessagePack bytes to fields. The first thing wrong stays in error(); what is read after it is left at its default, so
// that a description runs to its end without a check at each field.
#pragma once
#include <optional>
#include <string>
#include <vector>

#define MSGPACK_NO_BOOST
#include <msgpack.hpp>

#include "protocol/codec/fields.hpp"
#include "shared/core/error.hpp"

namespace vigie::protocol {

class Reader {
  public:
    // Takes one whole MessagePack value; `what` names the frame in errors.
    Reader(std::string_view bytes, size_t bytes_max, const char* what);

    // The current value must be an array of at least `arity` elements; fields are read from it one after another.
    // `added` is the Writer's: how many may follow.
    void begin(const char* what, uint32_t arity, uint32_t added = 0);
    // Whether the peer sent the field that comes now.
    bool has_next() const { return place_.at < place_.count; }

    template <std::unsigned_integral N>
    void number(N& into) {
        into = static_cast<N>(natural(std::numeric_limits<N>::max()));
    }
    template <std::signed_integral N>
    void number(N& into) {
        into = static_cast<N>(integer(std::numeric_limits<N>::min(), std::numeric_limits<N>::max()));
    }
    void boolean(bool& into);
    // Enumerators run from first to last without a hole; others belong to a later version.
    template <typename E>
    void choice(E& into, E first, E last) {
        const uint64_t value = natural(255);
        if (error_) {
            return;
        }
        if (value < static_cast<uint64_t>(first) || value > static_cast<uint64_t>(last)) {
            set(ErrorCode::unsupported, "unknown enumerator");
            return;
        }
        into = static_cast<E>(value);
    }
    void text(std::string& into, size_t bytes_max);
    void prose(std::string& into, size_t bytes_max) { text(into, bytes_max); }
    void bytes(std::string& into, size_t bytes_max);
    void doubles(std::vector<double>& into);
    void texts(std::vector<std::string>& into, size_t count_max, size_t bytes_max);
    void map(Labels& into, size_t count_max, size_t name_max, size_t value_max);
    template <typename T>
    void list(std::vector<T>& into, size_t count_max) {
        const auto* array = next_array(count_max);
        if (array == nullptr) {
            return;
        }
        const Place outside = place_;
        into.resize(array->size);
        for (uint32_t i = 0; i < array->size && !error_; ++i) {
            current_ = &array->ptr[i];
            describe(*this, into[i]);
        }
        place_ = outside;
    }
    // Makes the next element the one that begin() opens.
    void descend() { current_ = next(); }

    const std::optional<Error>& error() const { return error_; }

  private:
    struct Place {
        const char* what = "";
        const msgpack::object* fields = nullptr;
        uint32_t count = 0;
        uint32_t at = 0;
    };

    const msgpack::object* next();
    const msgpack::object_array* next_array(size_t count_max);
    uint64_t natural(uint64_t max);
    int64_t integer(int64_t min, int64_t max);
    std::string copy_text(const msgpack::object& value, size_t bytes_max);
    void set(ErrorCode code, const char* problem);

    msgpack::object_handle document_;
    const msgpack::object* current_ = nullptr;
    Place place_;
    std::optional<Error> error_;
};

}  // namespace vigie::protocol
