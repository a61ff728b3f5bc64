#include "protocol/codec/codec.hpp"

#include <utility>

#include "protocol/codec/reader.hpp"
#include "protocol/codec/writer.hpp"
#include "shared/core/assert.hpp"

namespace vigie::protocol {
namespace {

// The first element of an entry: which record follows.
enum class EntryKind : uint8_t { sample_batch = 1, run_report = 2, host_event = 3 };

// Body's alternatives stand in the order of MessageType, which begins at 1. The checks below fail to compile otherwise.
template <MessageType type>
using BodyOf = std::variant_alternative_t<static_cast<size_t>(type) - 1, Body>;
static_assert(std::is_same_v<BodyOf<MessageType::hello>, Hello>);
static_assert(std::is_same_v<BodyOf<MessageType::refuse>, Refuse>);
static_assert(std::is_same_v<BodyOf<MessageType::batch>, Batch>);
static_assert(std::is_same_v<BodyOf<MessageType::gap>, Gap>);
static_assert(std::is_same_v<BodyOf<MessageType::pong>, Pong>);
static_assert(std::is_same_v<BodyOf<MessageType::job_progress>, JobProgress>);
static_assert(std::is_same_v<BodyOf<MessageType::enrolled>, Enrolled>);
static_assert(std::is_same_v<BodyOf<MessageType::controller_key>, ControllerKey>);
static_assert(std::variant_size_v<Body> == static_cast<size_t>(MessageType::controller_key));
static_assert(std::is_same_v<std::variant_alternative_t<0, Entry>, SampleBatch>);
static_assert(std::is_same_v<std::variant_alternative_t<1, Entry>, RunReport>);
static_assert(std::is_same_v<std::variant_alternative_t<2, Entry>, HostEvent>);

template <typename T>
std::string encode(const T& message) {
    Writer writer;
    describe(writer, message);
    return writer.take();
}

template <typename T>
Result<T> finish(Reader& reader) {
    T message;
    describe(reader, message);
    if (reader.error()) {
        return fail(*reader.error());
    }
    return message;
}

template <typename T>
Result<Body> decode_as(std::string_view bytes) {
    if constexpr (std::is_same_v<T, Batch>) {
        VIGIE_TRY(auto entry, decode_entry(bytes));
        return Batch{.entry = std::move(entry)};
    } else {
        Reader reader(bytes, body_bytes_max, "body");
        VIGIE_TRY(T message, finish<T>(reader));
        return Body(std::move(message));
    }
}

template <size_t... index>
Result<Body> decode_alternative(size_t wanted, std::string_view bytes, std::index_sequence<index...>) {
    Result<Body> body = fail(ErrorCode::unsupported, "message type {} is not known", wanted + 1);
    static_cast<void>(
        ((index == wanted && ((body = decode_as<std::variant_alternative_t<index, Body>>(bytes)), true)) || ...));
    return body;
}

size_t expected_bytes(const Entry& entry) {
    constexpr size_t framing = 64;
    const auto* const batch = std::get_if<SampleBatch>(&entry);
    return batch == nullptr ? 0 : batch->schema.size() + batch->values.size() * sizeof(double) + framing;
}

template <typename T>
Result<Entry> entry_of(Reader& reader) {
    reader.descend();
    VIGIE_TRY(T record, finish<T>(reader));
    return Entry(std::move(record));
}

}  // namespace

std::string encode_header(const Header& header) {
    return encode(header);
}

Result<Header> decode_header(std::string_view bytes) {
    Reader reader(bytes, header_bytes_max, "header");
    VIGIE_TRY(auto header, finish<Header>(reader));
    if (header.version == 0) {
        return fail(ErrorCode::malformed, "header: version 0");
    }
    return header;
}

std::string encode_body(const Body& body) {
    return std::visit(
        [](const auto& message) {
            if constexpr (std::is_same_v<std::decay_t<decltype(message)>, Batch>) {
                return encode_entry(message.entry);
            } else {
                return encode(message);
            }
        },
        body);
}

Result<Body> decode_body(MessageType type, std::string_view bytes) {
    // Type 0 wraps to a number that no alternative has.
    return decode_alternative(static_cast<size_t>(type) - 1, bytes,
                              std::make_index_sequence<std::variant_size_v<Body>>());
}

std::string encode_entry(const Entry& entry) {
    Writer writer(expected_bytes(entry));
    writer.begin("entry", 2);
    writer.number(static_cast<uint8_t>(entry.index() + 1));
    std::visit([&writer](const auto& record) { describe(writer, record); }, entry);
    return writer.take();
}

Result<Entry> decode_entry(std::string_view bytes) {
    Reader reader(bytes, body_bytes_max, "entry");
    reader.begin("entry", 2);
    uint8_t kind = 0;
    reader.number(kind);
    if (reader.error()) {
        return fail(*reader.error());
    }
    switch (static_cast<EntryKind>(kind)) {
        case EntryKind::sample_batch:
            return entry_of<SampleBatch>(reader);
        case EntryKind::run_report:
            return entry_of<RunReport>(reader);
        case EntryKind::host_event:
            return entry_of<HostEvent>(reader);
    }
    return fail(ErrorCode::unsupported, "entry kind {} is not known", kind);
}

MessageType type_of(const Body& body) {
    return static_cast<MessageType>(body.index() + 1);
}

Frames encode_frames(const Message& message) {
    Header header = message.header;
    header.type = type_of(message.body);
    return Frames{.header = encode_header(header), .body = encode_body(message.body)};
}

Frames encode_stored_entry(const Header& header, std::string entry_bytes) {
    VIGIE_ASSERT(header.type == MessageType::batch);
    return Frames{.header = encode_header(header), .body = std::move(entry_bytes)};
}

Result<Message> decode_frames(std::string_view header_bytes, std::string_view body_bytes) {
    VIGIE_TRY(const auto header, decode_header(header_bytes));
    VIGIE_TRY(auto body, decode_body(header.type, body_bytes));
    return Message{.header = header, .body = std::move(body)};
}

}  // namespace vigie::protocol
