// The bytes of every message, both ways. The files come from tests/golden/write_v1.py and write_v2.py, whose encoder
// follows the MessagePack specification and shares nothing with the codec; some bytes are spelled out here as well.
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>

#include "protocol/codec/codec.hpp"
#include "tests/unit/protocol/codec/sample_messages.hpp"

namespace vigie::protocol {
namespace {

std::string from_hex(const std::string& hex) {
    std::string bytes;
    for (size_t i = 0; i + 1 < hex.size(); i += 2) {
        bytes.push_back(static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16)));
    }
    return bytes;
}

std::string to_hex(std::string_view bytes) {
    std::string hex;
    for (const char byte : bytes) {
        hex += fmt::format("{:02x}", static_cast<unsigned char>(byte));
    }
    return hex;
}

Frames read_golden(const std::string& name, const std::string& version = "v1") {
    std::ifstream file("tests/golden/" + version + "/" + name + ".hex");
    std::string word;
    std::string header;
    std::string body;
    file >> word >> header >> word >> body;
    return Frames{.header = from_hex(header), .body = from_hex(body)};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(golden_bytes)

BOOST_AUTO_TEST_CASE(are_what_each_message_becomes) {
    for (const auto& [name, message] : sample_messages()) {
        BOOST_TEST_CONTEXT(name) {
            if (name == "hello" || name == "ping" || name == "pong" || name == "batch_event") {
                continue;  // got fields since: hello_generations, ping_leaving, pong_deputy and batch_event_errors have
                           // them, and released_v1_test looks at what was released
            }
            const auto golden = read_golden(name);
            const auto frames = encode_frames(message);
            BOOST_TEST(to_hex(frames.header) == to_hex(golden.header));
            BOOST_TEST(to_hex(frames.body) == to_hex(golden.body));
        }
    }
}

BOOST_AUTO_TEST_CASE(are_read_back_as_each_message) {
    for (const auto& [name, message] : sample_messages()) {
        BOOST_TEST_CONTEXT(name) {
            const auto golden = read_golden(name);
            const auto read = decode_frames(golden.header, golden.body);
            BOOST_REQUIRE_MESSAGE(read, (read ? "" : read.error().message));
            BOOST_TEST((read->header == message.header));
            // As bytes, since one sample is a NaN, which differs from itself.
            BOOST_TEST(to_hex(encode_body(read->body)) == to_hex(encode_body(message.body)));
            if (name != "batch_samples") {
                BOOST_TEST((read->body == message.body));
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(exist_for_every_message_type_and_no_other) {
    size_t files = 0;
    for (const auto& entry : std::filesystem::directory_iterator("tests/golden/v1")) {
        files += entry.path().extension() == ".hex" ? 1 : 0;
    }
    BOOST_TEST(files == sample_messages().size());
    std::vector<int> types(std::variant_size_v<Body>);
    for (const auto& [name, message] : messages_of_every_version()) {
        ++types[message.body.index()];
        BOOST_TEST((message.header.type == type_of(message.body)), name);
    }
    BOOST_TEST(std::count(types.begin(), types.end(), 0) == 0);
}

BOOST_AUTO_TEST_CASE(of_version_2_are_written_and_read_back) {
    size_t files = 0;
    for (const auto& entry : std::filesystem::directory_iterator("tests/golden/v2")) {
        files += entry.path().extension() == ".hex" ? 1 : 0;
    }
    BOOST_TEST(files == messages_of_version_2().size());
    for (const auto& [name, message] : messages_of_version_2()) {
        BOOST_TEST_CONTEXT(name) {
            const auto golden = read_golden(name, "v2");
            const auto frames = encode_frames(message);
            BOOST_TEST(to_hex(frames.header) == to_hex(golden.header));
            BOOST_TEST(to_hex(frames.body) == to_hex(golden.body));
            const auto read = decode_frames(golden.header, golden.body);
            BOOST_REQUIRE_MESSAGE(read, (read ? "" : read.error().message));
            BOOST_TEST((*read == message));
        }
    }
}

// By the specification's table of formats: 9x array of x, cc/cd/ce/cf unsigned of 1/2/4/8 bytes, big-endian.
BOOST_AUTO_TEST_CASE(of_a_ping_by_hand) {
    // 1,764,032,400,000 = 0x19ab8864a80, and takes more than 32 bits.
    BOOST_TEST(to_hex(encode_body(Ping{1'764'032'400'000})) == "92cf0000019ab8864a8000");
    const Header header{.version = 1, .type = MessageType::ping, .session = 0x80, .credit_bytes = 0x1234};
    BOOST_TEST(to_hex(encode_header(header)) ==
               "99"
               "01"
               "08"
               "00"
               "cc80"
               "00"
               "00"
               "00"
               "00"
               "cd1234");
}

// c4 is binary with a length of one byte; 0.5 is 2^-1: sign 0, exponent 1022 = 0x3fe, so 3fe0000000000000, last byte
// first.
BOOST_AUTO_TEST_CASE(of_a_sample_by_hand) {
    const SampleBatch batch{.sampled_at_unix_ms = 1, .schema = "up\n", .values = {0.5}};
    BOOST_TEST(to_hex(encode_entry(batch)) ==
               "9201"
               "93"
               "01"
               "c403"
               "75700a"
               "c408"
               "000000000000e03f");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::protocol
