// Bytes of blocks: little-endian, numbers of seven bits a byte (LEB128), signed ones zigzag.
#pragma once
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace vigie::controller::blocks {

constexpr uint64_t zigzag(uint64_t number) {
    return (number << 1) ^ (number >> 63 ? ~uint64_t{0} : 0);
}
constexpr uint64_t unzigzag(uint64_t number) {
    return (number >> 1) ^ (number & 1 ? ~uint64_t{0} : 0);
}

class ByteWriter {
  public:
    void u8(uint8_t number) { out_.push_back(static_cast<char>(number)); }
    void varint(uint64_t number) {
        for (; number >= 0x80; number >>= 7) {
            u8(static_cast<uint8_t>(number | 0x80));
        }
        u8(static_cast<uint8_t>(number));
    }
    void signed_varint(uint64_t number) { varint(zigzag(number)); }
    // The lowest `width` bytes.
    void fixed(uint64_t number, size_t width = sizeof(uint64_t)) {
        for (size_t i = 0; i < width; ++i) {
            u8(static_cast<uint8_t>(number >> (8 * i)));
        }
    }
    void bytes(std::string_view bytes) { out_.append(bytes); }
    size_t size() const { return out_.size(); }
    const std::string& text() const { return out_; }
    std::string take() { return std::move(out_); }

  private:
    std::string out_;
};

// What does not fit makes this and all later numbers 0 and is_ok() false, so that callers check once at the end.
class ByteReader {
  public:
    explicit ByteReader(std::string_view in) : at_(in.data()), end_(in.data() + in.size()) {}
    uint8_t u8() { return at_ == end_ ? spoil() : static_cast<uint8_t>(*at_++); }
    uint64_t varint() {
        if (at_ != end_ && static_cast<uint8_t>(*at_) < 0x80) {
            return static_cast<uint8_t>(*at_++);  // most are this short
        }
        return long_varint();
    }
    uint64_t signed_varint() { return unzigzag(varint()); }
    uint64_t fixed(size_t width = sizeof(uint64_t)) {
        if (left() < width) {
            return spoil();
        }
        uint64_t number = 0;
        for (size_t i = 0; i < width; ++i) {
            number |= uint64_t{static_cast<uint8_t>(at_[i])} << (8 * i);
        }
        at_ += width;
        return number;
    }
    std::string_view bytes(size_t count) {
        if (left() < count) {
            spoil();
            return {};
        }
        const std::string_view out(at_, count);
        at_ += count;
        return out;
    }
    size_t left() const { return static_cast<size_t>(end_ - at_); }
    bool is_ok() const { return is_ok_; }
    bool is_done() const { return at_ == end_; }

  private:
    uint8_t spoil() {
        is_ok_ = false;
        at_ = end_;
        return 0;
    }
    uint64_t long_varint();

    const char* at_;
    const char* end_;
    bool is_ok_ = true;
};

}  // namespace vigie::controller::blocks
