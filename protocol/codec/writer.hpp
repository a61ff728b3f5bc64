// Fields to MessagePack bytes. See fields.hpp for what it offers and to whom.
#pragma once
#include <string>
#include <vector>

// Without it msgpack-cxx pulls in Boost for parts that we don't use.
#define MSGPACK_NO_BOOST
#include <msgpack.hpp>

#include "protocol/codec/fields.hpp"

namespace vigie::protocol {

// What msgpack's packer writes to: appends to a string, so that the result needs no copy.
class StringSink {
  public:
    void write(const char* bytes, size_t count) { text.append(bytes, count); }
    std::string text;
};

class Writer {
  public:
    // How long the message is about to be, so that its bytes need not move while they grow.
    explicit Writer(size_t expected_bytes = 0) { sink_.text.reserve(expected_bytes); }
    void begin(const char*, uint32_t arity, uint32_t added = 0) { pack_.pack_array(arity + added); }
    bool has_next() const { return true; }

    template <std::integral N>
    void number(N value) {
        pack_.pack(value);
    }
    void boolean(bool value) { pack_.pack(value); }
    template <typename E>
    void choice(E value, E, E) {
        pack_.pack(static_cast<uint8_t>(value));
    }
    void text(const std::string& value, size_t) { write_text(value); }
    // Cut to its limit, at a character's border: a long sentence must not make a message that its reader refuses.
    void prose(const std::string& value, size_t bytes_max) { write_text(cut(value, bytes_max)); }
    void bytes(const std::string& value, size_t) {
        pack_.pack_bin(static_cast<uint32_t>(value.size()));
        pack_.pack_bin_body(value.data(), static_cast<uint32_t>(value.size()));
    }
    void doubles(const std::vector<double>& values);
    void texts(const std::vector<std::string>& values, size_t, size_t) {
        pack_.pack_array(static_cast<uint32_t>(values.size()));
        for (const auto& value : values) {
            write_text(value);
        }
    }
    void map(const Labels& values, size_t, size_t, size_t) {
        pack_.pack_map(static_cast<uint32_t>(values.size()));
        for (const auto& [name, value] : values) {
            write_text(name);
            write_text(value);
        }
    }
    template <typename T>
    void list(const std::vector<T>& values, size_t) {
        pack_.pack_array(static_cast<uint32_t>(values.size()));
        for (const auto& value : values) {
            describe(*this, value);
        }
    }

    std::string take() { return std::move(sink_.text); }

  private:
    void write_text(std::string_view value) {
        pack_.pack_str(static_cast<uint32_t>(value.size()));
        pack_.pack_str_body(value.data(), static_cast<uint32_t>(value.size()));
    }
    static std::string_view cut(std::string_view text, size_t bytes_max);

    StringSink sink_;
    msgpack::packer<StringSink> pack_{sink_};
};

}  // namespace vigie::protocol
