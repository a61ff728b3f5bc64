// Big-endian parts, escaped texts.
#include "controller/store/keys.hpp"

#include <array>
#include <bit>

namespace vigie::controller::keys {

namespace {

constexpr uint64_t sign_bit = uint64_t{1} << 63;
constexpr char escaped_zero = '\xff';
constexpr char end_of_text = '\x01';
constexpr uint8_t kind_times = 0;  // of Family::chunks
constexpr uint8_t kind_pack = 1;

// In one append: every value of every sample passes here.
void append_big_endian(std::string& out, uint64_t number, size_t width) {
    std::array<char, sizeof number> bytes{};
    for (size_t i = 0; i < bytes.size(); ++i) {
        bytes[i] = static_cast<char>(static_cast<uint8_t>(number >> (8 * (bytes.size() - 1 - i))));
    }
    out.append(bytes.data() + bytes.size() - width, width);
}

tl::unexpected<Error> spoiled(std::string_view what) {
    return fail(ErrorCode::corrupt, "store: a key of family {} does not have its form", what);
}

}  // namespace

KeyWriter& KeyWriter::u8(uint8_t number) {
    out_.push_back(static_cast<char>(number));
    return *this;
}
KeyWriter& KeyWriter::u32(uint32_t number) {
    append_big_endian(out_, number, 4);
    return *this;
}
KeyWriter& KeyWriter::u64(uint64_t number) {
    append_big_endian(out_, number, 8);
    return *this;
}
KeyWriter& KeyWriter::i64(int64_t number) {
    return u64(static_cast<uint64_t>(number) ^ sign_bit);
}
KeyWriter& KeyWriter::f64(double number) {
    return u64(std::bit_cast<uint64_t>(number));
}
KeyWriter& KeyWriter::text(std::string_view text) {
    for (const char c : text) {
        out_.push_back(c);
        if (c == '\0') {
            out_.push_back(escaped_zero);
        }
    }
    out_.push_back('\0');
    out_.push_back(end_of_text);
    return *this;
}
KeyWriter& KeyWriter::bytes(std::string_view bytes) {
    u32(static_cast<uint32_t>(bytes.size()));
    return rest(bytes);
}
KeyWriter& KeyWriter::rest(std::string_view bytes) {
    out_.append(bytes);
    return *this;
}

void KeyReader::spoil() {
    is_ok_ = false;
    in_ = {};
}

uint64_t KeyReader::big_endian(size_t width) {
    if (in_.size() < width) {
        spoil();
        return 0;
    }
    uint64_t number = 0;
    for (const char c : in_.substr(0, width)) {
        number = number << 8 | static_cast<uint8_t>(c);
    }
    in_.remove_prefix(width);
    return number;
}
uint8_t KeyReader::u8() {
    return static_cast<uint8_t>(big_endian(1));
}
uint32_t KeyReader::u32() {
    return static_cast<uint32_t>(big_endian(4));
}
uint64_t KeyReader::u64() {
    return big_endian(8);
}
int64_t KeyReader::i64() {
    const auto number = u64();
    return is_ok_ ? static_cast<int64_t>(number ^ sign_bit) : 0;
}
double KeyReader::f64() {
    return std::bit_cast<double>(u64());
}
std::string KeyReader::text() {
    std::string out;
    for (size_t i = 0; i < in_.size(); ++i) {
        if (in_[i] != '\0') {
            out.push_back(in_[i]);
            continue;
        }
        ++i;
        if (i < in_.size() && in_[i] == end_of_text) {
            in_.remove_prefix(i + 1);
            return out;
        }
        if (i >= in_.size() || in_[i] != escaped_zero) {
            break;
        }
        out.push_back('\0');
    }
    spoil();
    return {};
}
std::string_view KeyReader::bytes_view() {
    const auto size = u32();
    if (in_.size() < size) {
        spoil();
        return {};
    }
    const auto out = in_.substr(0, size);
    in_.remove_prefix(size);
    return out;
}

std::string after_prefix(std::string_view prefix) {
    std::string end(prefix);
    while (!end.empty() && static_cast<uint8_t>(end.back()) == 0xff) {
        end.pop_back();
    }
    if (!end.empty()) {
        end.back() = static_cast<char>(static_cast<uint8_t>(end.back()) + 1);
    }
    return end;
}

std::string agent(const AgentId& agent) {
    return agent.value;
}

std::string cursor(const AgentId& agent, uint8_t stream, uint64_t incarnation) {
    return KeyWriter().text(agent.value).u8(stream).u64(incarnation).take();
}
std::string cursor_prefix(const AgentId& agent) {
    return KeyWriter().text(agent.value).take();
}
Result<CursorKey> read_cursor(std::string_view key) {
    KeyReader reader(key);
    CursorKey out{.agent = AgentId{reader.text()}, .stream = reader.u8(), .incarnation = reader.u64()};
    return reader.is_ok() && reader.is_done() ? Result<CursorKey>(std::move(out)) : spoiled("cursor");
}

std::string head(uint32_t bucket, const AgentId& agent, uint64_t incarnation, uint64_t seq) {
    return KeyWriter().u32(bucket).text(agent.value).u64(incarnation).u64(seq).take();
}
std::string head_bucket_start(uint32_t bucket) {
    return KeyWriter().u32(bucket).take();
}
std::string head_prefix(uint32_t bucket, const AgentId& agent) {
    return KeyWriter().u32(bucket).text(agent.value).take();
}
Result<HeadKey> read_head(std::string_view key) {
    KeyReader reader(key);
    HeadKey out{
        .bucket = reader.u32(), .agent = AgentId{reader.text()}, .incarnation = reader.u64(), .seq = reader.u64()};
    return reader.is_ok() && reader.is_done() ? Result<HeadKey>(std::move(out)) : spoiled("head");
}

std::string block_slot_start(uint8_t tier, uint32_t slot) {
    return KeyWriter().u8(tier).u32(slot).take();
}
std::string block_times(uint8_t tier, uint32_t slot, const AgentId& agent) {
    return KeyWriter().u8(tier).u32(slot).u8(kind_times).text(agent.value).take();
}
std::string block_packs_start(uint8_t tier, uint32_t slot) {
    return KeyWriter().u8(tier).u32(slot).u8(kind_pack).take();
}
std::string block_pack(uint8_t tier, uint32_t slot, uint32_t piece, uint64_t place, uint64_t series) {
    return KeyWriter().u8(tier).u32(slot).u8(kind_pack).u32(piece).u64(place).u64(series).take();
}
Result<BlockKey> read_block(std::string_view key) {
    KeyReader reader(key);
    BlockKey out{.tier = reader.u8(), .slot = reader.u32()};
    const auto kind = reader.u8();
    if (kind == kind_times) {
        out.agent = AgentId{reader.text()};
    } else {
        out.piece = reader.u32();
        reader.u64();
        reader.u64();
    }
    const bool is_good = kind <= kind_pack && reader.is_ok() && reader.is_done();
    return is_good ? Result<BlockKey>(std::move(out)) : spoiled("chunks");
}

std::string series(uint64_t id) {
    return number(id);
}
Result<uint64_t> read_series(std::string_view key) {
    KeyReader reader(key);
    const auto id = reader.u64();
    return reader.is_ok() && reader.is_done() ? Result<uint64_t>(id) : spoiled("series");
}
std::string posting(std::string_view label, std::string_view value, uint64_t id) {
    return KeyWriter().text(label).text(value).u64(id).take();
}
std::string posting_prefix(std::string_view label, std::string_view value) {
    return KeyWriter().text(label).text(value).take();
}
std::string posting_label_prefix(std::string_view label) {
    return KeyWriter().text(label).take();
}
bool carries_labels(std::string_view label) {
    return label == "__name__" || label == "instance";
}
Result<PostingKey> read_posting(std::string_view key) {
    KeyReader reader(key);
    PostingKey out{.label = reader.text(), .value = reader.text(), .id = reader.u64()};
    return reader.is_ok() && reader.is_done() ? Result<PostingKey>(std::move(out)) : spoiled("sidx");
}
std::string own_series(const AgentId& agent, std::string_view series_key) {
    return KeyWriter().text("").text(agent.value).rest(series_key).take();
}
std::string own_series_prefix(const AgentId& agent) {
    return own_series(agent, "");
}

std::string run(const RunId& run) {
    return run.value;
}
std::string scheduled_run(std::string_view job, const AgentId& agent, WallTime scheduled_at) {
    return KeyWriter().text(job).text(agent.value).i64(unix_ms(scheduled_at)).take();
}

std::string number(uint64_t number) {
    return KeyWriter().u64(number).take();
}
Result<uint64_t> read_number(std::string_view key) {
    KeyReader reader(key);
    const auto out = reader.u64();
    return reader.is_ok() && reader.is_done() ? Result<uint64_t>(out) : spoiled("numbered rows");
}
std::string timed(WallTime at, uint64_t number) {
    return KeyWriter().i64(unix_ms(at)).u64(number).take();
}
Result<TimedKey> read_timed(std::string_view key) {
    KeyReader reader(key);
    TimedKey out{.at = wall_from_unix_ms(reader.i64()), .number = reader.u64()};
    return reader.is_ok() && reader.is_done() ? Result<TimedKey>(out) : spoiled("timed rows");
}

}  // namespace vigie::controller::keys
