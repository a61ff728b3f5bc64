// Keys and rows as bytes. Keys are big-endian, so that bytewise order is numeric order; a text inside a key is escaped
// and terminated, so that it sorts as the text does and the next part can follow. What is written here stands on disk.
#pragma once
#include <cstdint>
#include <string>

#include "shared/core/ids.hpp"
#include "shared/core/time.hpp"

namespace vigie::controller::keys {

// Builds a key or a row part by part: KeyWriter().text(agent).u64(seq).take().
class KeyWriter {
  public:
    KeyWriter& u8(uint8_t number);
    KeyWriter& u32(uint32_t number);
    KeyWriter& u64(uint64_t number);
    KeyWriter& i64(int64_t number);            // sign bit flipped: negative numbers sort first
    KeyWriter& f64(double number);             // the IEEE bits; not ordered, for rows only
    KeyWriter& text(std::string_view text);    // 00 becomes 00 ff, the end is 00 01
    KeyWriter& bytes(std::string_view bytes);  // length (u32) and bytes; not ordered, for rows only
    KeyWriter& rest(std::string_view bytes);   // as they are, so only as the last part
    void reserve(size_t bytes) { out_.reserve(bytes); }
    std::string take() { return std::move(out_); }

  private:
    std::string out_;
};

// Reads the parts back in order. A part that does not fit makes this and all later parts empty and is_ok() false, so
// that callers check once at the end: is_ok() && is_done().
class KeyReader {
  public:
    explicit KeyReader(std::string_view in) : in_(in) {}
    uint8_t u8();
    uint32_t u32();
    uint64_t u64();
    int64_t i64();
    double f64();
    std::string text();
    std::string bytes() { return std::string(bytes_view()); }
    std::string_view bytes_view();  // of what is read
    bool is_ok() const { return is_ok_; }
    bool is_done() const { return in_.empty(); }

  private:
    uint64_t big_endian(size_t width);
    void spoil();

    std::string_view in_;
    bool is_ok_ = true;
};

// The first key after all keys that begin with `prefix`; "" (the end) when there is none. Together they make the range
// of a scan: store.scan(family, prefix, after_prefix(prefix), …).
std::string after_prefix(std::string_view prefix);

// Family::agents, hosts: the agent's name. Family::meta, schedules, jobs, backups: a name as it is.
std::string agent(const AgentId& agent);
// Family::cursor -> u64 last applied, i64 Unix milliseconds when it moved, u64 generation it was numbered under (0:
// unknown). Rows of older versions end earlier.
std::string cursor(const AgentId& agent, uint8_t stream, uint64_t incarnation);
std::string cursor_prefix(const AgentId& agent);
struct CursorKey {
    AgentId agent;
    uint8_t stream = 0;
    uint64_t incarnation = 0;
};
Result<CursorKey> read_cursor(std::string_view key);

// Family::head. A new outbox counts from 1 again, so its incarnation is part of the key: with bucket, agent and seq
// alone a reinstalled agent would overwrite the rows of the one before.
constexpr milliseconds head_bucket_width = std::chrono::minutes{20};
constexpr uint32_t head_bucket(WallTime time) {
    const auto ms = unix_ms(time);
    return ms < 0 ? 0 : static_cast<uint32_t>(ms / head_bucket_width.count());
}
std::string head(uint32_t bucket, const AgentId& agent, uint64_t incarnation, uint64_t seq);
std::string head_bucket_start(uint32_t bucket);                  // the first key of a bucket
std::string head_prefix(uint32_t bucket, const AgentId& agent);  // one agent's rows in a bucket
struct HeadKey {
    uint32_t bucket = 0;
    AgentId agent;
    uint64_t incarnation = 0;
    uint64_t seq = 0;
};
Result<HeadKey> read_head(std::string_view key);

// Family::chunks: blocks of samples, by tier and slot of time (block_rows.hpp). Two kinds of rows, the first before the
// others of a slot:
//   times: one host's times in the slot, and the piece that its chunks are in
//   pack:  chunks of a piece, under the place and id of the first
std::string block_slot_start(uint8_t tier, uint32_t slot);  // the first key of a slot
std::string block_times(uint8_t tier, uint32_t slot, const AgentId& agent);
std::string block_packs_start(uint8_t tier, uint32_t slot);
std::string block_pack(uint8_t tier, uint32_t slot, uint32_t piece, uint64_t place, uint64_t series);
struct BlockKey {
    uint8_t tier = 0;
    uint32_t slot = 0;
    AgentId agent{};  // of times; else empty
    uint32_t piece = 0;
};
Result<BlockKey> read_block(std::string_view key);

// Family::series: id -> series key with all labels. Family::sidx, two kinds of rows:
//   posting: label, value, id -> "" (label "__name__" holds the metric's name); of "__name__" and "instance", which
//            nearly all selectors name, all labels. Those of older versions: "" too
//   own:     "", agent, series key as the agent sends it -> u64 id (no label is named "")
std::string series(uint64_t id);
Result<uint64_t> read_series(std::string_view key);
std::string posting(std::string_view label, std::string_view value, uint64_t id);
std::string posting_prefix(std::string_view label, std::string_view value);
std::string posting_label_prefix(std::string_view label);  // all values of one label
bool carries_labels(std::string_view label);               // its postings
struct PostingKey {
    std::string label;
    std::string value;
    uint64_t id = 0;
};
Result<PostingKey> read_posting(std::string_view key);
std::string own_series(const AgentId& agent, std::string_view series_key);
std::string own_series_prefix(const AgentId& agent);

// Family::runs: the run id. Family::runidx, the uniqueness of a scheduled run: job, host, instant -> run id.
std::string run(const RunId& run);
std::string scheduled_run(std::string_view job, const AgentId& agent, WallTime scheduled_at);

// A number that grows: Family::audit's keys, and those behind the "q" and "f" of Family::outbox (controller/alerts,
// whose rows' keys alerts/rows.hpp tells).
std::string number(uint64_t number);
Result<uint64_t> read_number(std::string_view key);
// Family::events: when recorded, and a number that never repeats.
std::string timed(WallTime at, uint64_t number);
struct TimedKey {
    WallTime at{};
    uint64_t number = 0;
};
Result<TimedKey> read_timed(std::string_view key);

}  // namespace vigie::controller::keys
