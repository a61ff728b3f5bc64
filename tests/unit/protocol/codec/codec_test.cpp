#include <bit>
#include <boost/test/unit_test.hpp>

#include "protocol/codec/codec.hpp"
#include "protocol/codec/limits.hpp"
#include "tests/unit/protocol/codec/sample_messages.hpp"

namespace vigie::protocol {
namespace {

template <typename T>
ErrorCode code_of(const Result<T>& result) {
    BOOST_REQUIRE(!result);
    return result.error().code;
}

std::string bytes(std::initializer_list<int> values) {
    std::string text;
    for (const int value : values) {
        text.push_back(static_cast<char>(value));
    }
    return text;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(codec)

BOOST_AUTO_TEST_CASE(round_trips_each_message) {
    for (const auto& [name, message] : messages_of_every_version()) {
        const auto frames = encode_frames(message);
        const auto read = decode_frames(frames.header, frames.body);
        BOOST_REQUIRE_MESSAGE(read, name);
        BOOST_TEST((encode_frames(*read) == frames), name);
    }
}

BOOST_AUTO_TEST_CASE(refuses_every_truncation) {
    for (const auto& [name, message] : messages_of_every_version()) {
        const auto frames = encode_frames(message);
        for (size_t size = 0; size < frames.header.size(); ++size) {
            BOOST_TEST((code_of(decode_header(frames.header.substr(0, size))) == ErrorCode::malformed), name);
        }
        for (size_t size = 0; size < frames.body.size(); ++size) {
            const auto cut = decode_body(message.header.type, std::string_view(frames.body).substr(0, size));
            BOOST_TEST((code_of(cut) == ErrorCode::malformed), name);
        }
    }
}

BOOST_AUTO_TEST_CASE(survives_every_change_of_one_byte) {
    size_t read_all_the_same = 0;
    for (const auto& [name, message] : messages_of_every_version()) {
        auto frames = encode_frames(message);
        for (char& byte : frames.body) {
            const char kept = byte;
            for (int value = 0; value < 256; ++value) {
                byte = static_cast<char>(value);
                read_all_the_same += decode_body(message.header.type, frames.body) ? 1 : 0;
            }
            byte = kept;
        }
        for (char& byte : frames.header) {
            const char kept = byte;
            for (int value = 0; value < 256; ++value) {
                byte = static_cast<char>(value);
                read_all_the_same += decode_header(frames.header) ? 1 : 0;
            }
            byte = kept;
        }
    }
    BOOST_TEST(read_all_the_same > 0u);  // a letter of a name may be any letter
}

BOOST_AUTO_TEST_CASE(refuses_bytes_left_over) {
    const auto frames = encode_frames(sample_messages().at("ping"));
    BOOST_TEST((code_of(decode_header(frames.header + '\0')) == ErrorCode::malformed));
    BOOST_TEST((code_of(decode_body(MessageType::ping, frames.body + '\0')) == ErrorCode::malformed));
}

BOOST_AUTO_TEST_CASE(skips_fields_that_a_later_version_added) {
    // A ping [1, 0] with two more fields: a string and an array.
    const auto ping = decode_body(MessageType::ping, bytes({0x94, 0x01, 0x00, 0xa1, 'x', 0x91, 0xc0}));
    BOOST_REQUIRE(ping);
    BOOST_TEST((*ping == Body(Ping{1})));
}

BOOST_AUTO_TEST_CASE(takes_a_ping_without_its_added_field_for_one_that_stays) {
    const auto ping = decode_body(MessageType::ping, bytes({0x91, 0x01}));
    BOOST_REQUIRE(ping);
    BOOST_TEST((*ping == Body(Ping{1, Leaving::staying})));
    BOOST_TEST((code_of(decode_body(MessageType::ping, bytes({0x92, 0x01, 0x03}))) == ErrorCode::unsupported));
    BOOST_TEST((code_of(decode_body(MessageType::ping, bytes({0x92, 0x01, 0xc0}))) == ErrorCode::malformed));
}

BOOST_AUTO_TEST_CASE(takes_a_pong_without_its_added_fields_for_one_to_nobody_in_particular) {
    const auto pong = decode_body(MessageType::pong, bytes({0x92, 0x01, 0x02}));
    BOOST_REQUIRE(pong);
    BOOST_TEST((*pong == Body(Pong{1, 2, 0, 0})));
    const auto half = decode_body(MessageType::pong, bytes({0x93, 0x01, 0x02, 0x03}));
    BOOST_REQUIRE(half);
    BOOST_TEST((*half == Body(Pong{1, 2, 3, 0})));
}

BOOST_AUTO_TEST_CASE(refuses_an_array_shorter_than_known) {
    BOOST_TEST((code_of(decode_body(MessageType::pong, bytes({0x91, 0x01}))) == ErrorCode::malformed));
    BOOST_TEST((code_of(decode_entry(bytes({0x91, 0x01}))) == ErrorCode::malformed));
    // KEY_CHANGE [1, ""] and CONTROLLER_KEY [""], without the last of their fields.
    BOOST_TEST((code_of(decode_body(MessageType::key_change, bytes({0x92, 0x01, 0xa0}))) == ErrorCode::malformed));
    BOOST_TEST((code_of(decode_body(MessageType::controller_key, bytes({0x91, 0xa0}))) == ErrorCode::malformed));
}

BOOST_AUTO_TEST_CASE(calls_what_a_later_version_may_send_unsupported) {
    auto header = encode_frames(sample_messages().at("ping")).header;
    header[2] = 17;  // the type stands third: array, version, type
    BOOST_TEST((code_of(decode_header(header)) == ErrorCode::unsupported));
    BOOST_TEST((code_of(decode_body(MessageType{17}, bytes({0x90}))) == ErrorCode::unsupported));
    BOOST_TEST((code_of(decode_body(MessageType{0}, bytes({0x90}))) == ErrorCode::unsupported));
    BOOST_TEST((code_of(decode_entry(bytes({0x92, 0x04, 0x90}))) == ErrorCode::unsupported));
    // A gap for a reason 9.
    BOOST_TEST((code_of(decode_body(MessageType::gap, bytes({0x92, 0x05, 0x09}))) == ErrorCode::unsupported));
    // Broken as well: malformed outweighs.
    BOOST_TEST((code_of(decode_body(MessageType::refuse, bytes({0x93, 0x09, 0xc0, 0x00}))) == ErrorCode::malformed));
}

// An array that claims 2^32 - 1 elements, alone and nested, and the same for a map, a string and binary.
BOOST_AUTO_TEST_CASE(refuses_claims_that_the_frame_cannot_hold) {
    for (const int type : {0xdd, 0xdf, 0xdb, 0xc6}) {
        BOOST_TEST((code_of(decode_entry(bytes({type, 0xff, 0xff, 0xff, 0xff}))) == ErrorCode::malformed));
        BOOST_TEST((code_of(decode_entry(bytes({0x92, 0x01, type, 0xff, 0xff, 0xff, 0xff}))) == ErrorCode::malformed));
    }
    // A map's 2^31 pairs double to 2^32 elements, which 32 bits would take for none.
    BOOST_TEST((code_of(decode_entry(bytes({0xdf, 0x80, 0x00, 0x00, 0x00}))) == ErrorCode::malformed));
}

BOOST_AUTO_TEST_CASE(refuses_nesting_deeper_than_its_limit) {
    const auto nested = [](size_t depth) { return bytes({0x92, 0x01}) + std::string(depth - 1, '\x91') + '\xc0'; };
    BOOST_TEST(decode_entry(nested(depth_max + 1)).error().message.find("within the limits") != std::string::npos);
    BOOST_TEST(decode_entry(nested(depth_max)).error().message.find("within the limits") == std::string::npos);
    BOOST_TEST((code_of(decode_entry(std::string(100'000, '\x91'))) == ErrorCode::malformed));
}

BOOST_AUTO_TEST_CASE(refuses_frames_over_their_size) {
    BOOST_TEST((code_of(decode_header(std::string(header_bytes_max + 1, '\0'))) == ErrorCode::too_large));
    BOOST_TEST((code_of(decode_entry(std::string(body_bytes_max + 1, '\0'))) == ErrorCode::too_large));
}

BOOST_AUTO_TEST_CASE(fits_the_largest_header_in_its_limit) {
    const Header largest{.version = 255,
                         .type = MessageType::enrolled,
                         .flags = UINT32_MAX,
                         .session = UINT64_MAX,
                         .stream = Stream::logs,
                         .incarnation = UINT64_MAX,
                         .seq = UINT64_MAX,
                         .ack = UINT64_MAX,
                         .credit_bytes = UINT64_MAX};
    // 1 array + 2 version + 1 type + 5 flags + 1 stream + 5 numbers of 9.
    BOOST_TEST(encode_header(largest).size() == 55u);
    BOOST_TEST((decode_header(encode_header(largest)).value() == largest));
}

BOOST_AUTO_TEST_CASE(keeps_the_bits_of_every_double) {
    for (const uint64_t bits : {0x0ull, 0x8000000000000000ull, 0x7ff0000000000000ull, 0x7ff0000000000002ull,
                                0x7ff8000000000001ull, 0xfff8dead0000beefull, 0x0000000000000001ull}) {
        const auto read = decode_entry(encode_entry(SampleBatch{1, "up\n", {std::bit_cast<double>(bits)}}));
        BOOST_REQUIRE(read);
        BOOST_TEST(std::bit_cast<uint64_t>(std::get<SampleBatch>(*read).values.at(0)) == bits);
    }
}

BOOST_AUTO_TEST_CASE(refuses_half_a_double) {
    // [1, [0, b"", 7 bytes]]
    auto entry = bytes({0x92, 0x01, 0x93, 0x00, 0xc4, 0x00, 0xc4, 0x07}) + std::string(7, '\0');
    BOOST_TEST((code_of(decode_entry(entry)) == ErrorCode::malformed));
}

BOOST_AUTO_TEST_CASE(refuses_integers_out_of_their_range) {
    BOOST_TEST((code_of(decode_body(MessageType::gap, bytes({0x92, 0xff, 0x01}))) == ErrorCode::malformed));  // -1
    // A ping at 2^63, one more than an int64 holds.
    BOOST_TEST((code_of(decode_body(MessageType::ping, bytes({0x91, 0xcf, 0x80, 0, 0, 0, 0, 0, 0, 0}))) ==
                ErrorCode::malformed));
    BOOST_TEST((code_of(decode_body(MessageType::ping, bytes({0x91, 0xca, 0, 0, 0, 0}))) == ErrorCode::malformed));
}

BOOST_AUTO_TEST_CASE(refuses_a_name_that_stands_twice) {
    const auto start = bytes({0x96, 0xa0, 0x00, 0xa0, 0x00, 0x00, 0x82, 0xa1, 'a', 0xa0, 0xa1, 'a', 0xa0});
    BOOST_TEST((code_of(decode_body(MessageType::job_start, start)) == ErrorCode::malformed));
}

BOOST_AUTO_TEST_CASE(cuts_prose_at_a_character_when_it_writes) {
    // 'ü' takes two bytes, and with one 'x' before them the limit falls between the two of the last.
    std::string text = "x";
    while (text.size() <= prose_bytes_max) {
        text += "ü";
    }
    const auto read = decode_body(MessageType::job_cancel, encode_body(JobCancel{"r", 1, text}));
    BOOST_REQUIRE(read);
    BOOST_TEST(std::get<JobCancel>(*read).reason == text.substr(0, prose_bytes_max - 1));
}

BOOST_AUTO_TEST_CASE(names_the_frame_and_the_field_in_its_errors) {
    const auto pong = decode_body(MessageType::pong, bytes({0x92, 0x01, 0xa1, 'x'}));
    BOOST_REQUIRE(!pong);
    BOOST_TEST(pong.error().message == "pong: field 2: not an integer of its range");
}

BOOST_AUTO_TEST_CASE(sends_a_stored_entry_as_it_is) {
    const auto batch = sample_messages().at("batch_run");
    const auto entry = encode_entry(std::get<Batch>(batch.body).entry);
    BOOST_TEST((encode_stored_entry(batch.header, entry) == encode_frames(batch)));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::protocol
