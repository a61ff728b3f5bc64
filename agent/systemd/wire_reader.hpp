// Values as D-Bus lays them out (D-Bus Specification, "Marshaling"): numbers aligned to their size, texts with a length
// in front and a NUL behind. Never reads beyond its bytes: what is not there fails the reader for good.
#pragma once
#include <cstdint>
#include <string_view>

namespace vigie::agent {

class WireReader {
  public:
    // Alignment counts from the first byte, which a message's header and its body both allow. Numbers are in this
    // machine's own order, as a bus on the same machine sends them.
    explicit WireReader(std::string_view bytes) : bytes_(bytes) {}

    bool has_failed() const { return has_failed_; }
    size_t position() const { return position_; }
    bool is_at_end() const { return position_ == bytes_.size(); }

    // After a failure: 0 or "".
    uint8_t u8();
    uint32_t u32();
    uint64_t u64();
    std::string_view text();       // s and o: a length of four bytes
    std::string_view signature();  // g: a length of one byte
    // One value of a basic type by its letter; fails for others, such as arrays. Texts are given, numbers too.
    struct Basic {
        char type = '\0';
        uint64_t number = 0;
        std::string_view text;
    };
    Basic basic(char type);
    Basic variant();          // v that holds a basic type
    void align(size_t size);  // fails when the padding is not there

  private:
    std::string_view take(size_t count);
    std::string_view terminated(size_t length);
    template <typename Number>
    Number number();

    std::string_view bytes_;
    size_t position_ = 0;
    bool has_failed_ = false;
};

}  // namespace vigie::agent
