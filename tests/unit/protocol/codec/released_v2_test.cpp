// The golden bytes of what version 2 added, against whatever the codec is now; see released_v1_test.
#include "tests/unit/protocol/codec/released_v2.hpp"

#include <array>
#include <boost/test/unit_test.hpp>
#include <fstream>

#include "tests/unit/protocol/codec/sample_messages.hpp"

namespace vigie::protocol {
namespace {

using released_v2::Document;

// HELLO's generations stand with the files of version 1, whose messages they came to.
constexpr std::array names{"v1/hello_generations",   "v2/controller_key",  "v2/controller_key_alone",
                           "v2/key_change_accepted", "v2/key_change_made", "v2/key_change_make",
                           "v2/key_change_refused"};

std::string from_hex(const std::string& hex) {
    std::string bytes;
    for (size_t i = 0; i + 1 < hex.size(); i += 2) {
        bytes.push_back(static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16)));
    }
    return bytes;
}

struct Golden {
    Frames frames;
    uint8_t type = 0;
    std::vector<released_v2::FieldArray> arrays;
};

Golden golden(const std::string& name) {
    std::ifstream file("tests/golden/" + name + ".hex");
    std::string header;
    std::string body;
    std::string word;
    file >> word >> header >> word >> body;
    BOOST_REQUIRE_MESSAGE(!header.empty() && !body.empty(), "tests/golden has no whole " << name);
    Golden read;
    read.frames = {.header = from_hex(header), .body = from_hex(body)};
    read.type = released_v1::type_in(read.frames.header);
    read.arrays = released_v2::body_arrays(read.type, 0);
    return read;
}

Message read(const Frames& frames) {
    auto message = decode_frames(frames.header, frames.body);
    BOOST_REQUIRE_MESSAGE(message, (message ? "" : message.error().message));
    return std::move(*message);
}

bool is_malformed(std::string_view header, std::string_view body) {
    const auto message = decode_frames(header, body);
    return !message && message.error().code == ErrorCode::malformed;
}

// Only the fields that version 2 had.
Frames cut(const Frames& frames, const std::vector<released_v2::FieldArray>& arrays) {
    Document header(frames.header);
    header.root().via.array.size = 9;
    Document body(frames.body);
    for (const auto& [place, fields] : arrays) {
        for (auto* array : body.arrays_at(place)) {
            array->via.array.size = std::min(array->via.array.size, fields);
        }
    }
    return {.header = header.bytes(), .body = body.bytes()};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(released_version_2)

// FNV-1a with 64 bits over all headers and bodies, computed by another program than this one.
BOOST_AUTO_TEST_CASE(has_the_bytes_it_was_frozen_with) {
    uint64_t digest = 0xcbf29ce484222325;
    for (const auto* name : names) {
        const auto frames = golden(name).frames;
        for (const char byte : frames.header + frames.body) {
            digest = (digest ^ static_cast<unsigned char>(byte)) * 0x100000001b3;
        }
    }
    BOOST_TEST(digest == 0x9069fa848be7ae2e);
}

BOOST_AUTO_TEST_CASE(has_a_file_for_each_message_that_it_added) {
    BOOST_TEST(names.size() == messages_of_version_2().size() + 1);
    for (const auto& [name, message] : messages_of_version_2()) {
        BOOST_TEST(std::count(names.begin(), names.end(), "v2/" + name) == 1, name);
    }
}

BOOST_AUTO_TEST_CASE(is_read_and_begins_whatever_is_sent) {
    for (const auto* name : names) {
        BOOST_TEST_CONTEXT(name) {
            const auto released = golden(name);
            BOOST_TEST((cut(encode_frames(read(released.frames)), released.arrays) == released.frames));
        }
    }
}

BOOST_AUTO_TEST_CASE(is_read_alike_with_more_fields_in_every_array) {
    for (const auto* name : names) {
        BOOST_TEST_CONTEXT(name) {
            const auto released = golden(name);
            const auto now = encode_frames(read(released.frames));
            Document header(now.header);
            Document body(now.body);
            header.lengthen(header.root());
            for (const auto& [place, fields] : released.arrays) {
                for (auto* array : body.arrays_at(place)) {
                    body.lengthen(*array);
                }
            }
            BOOST_TEST((header.bytes() != now.header && body.bytes() != now.body));
            BOOST_TEST((encode_frames(read({.header = header.bytes(), .body = body.bytes()})) == now));
        }
    }
}

BOOST_AUTO_TEST_CASE(is_refused_with_fewer_fields_in_any_array) {
    size_t tried = 0;
    for (const auto* name : names) {
        const auto [frames, type, arrays] = golden(name);
        for (const auto& array : arrays) {
            for (size_t i = 0; i < Document(frames.body).arrays_at(array.place).size(); ++i) {
                Document body(frames.body);
                auto& changed = *body.arrays_at(array.place)[i];
                BOOST_TEST(changed.via.array.size == array.fields, name);
                --changed.via.array.size;
                BOOST_TEST(is_malformed(frames.header, body.bytes()) != released_v2::may_be_shorter(type, array), name);
                ++tried;
            }
        }
        Document header(frames.header);
        --header.root().via.array.size;
        BOOST_TEST(is_malformed(header.bytes(), frames.body), name);
    }
    // Of HELLO its own array, a stream state and two generations; of each other message its own.
    BOOST_TEST(tried == 4u + messages_of_version_2().size());
}

BOOST_AUTO_TEST_CASE(hello_without_generations_says_nothing_of_them) {
    const auto frames = golden("v1/hello_generations").frames;
    Document body(frames.body);
    body.root().via.array.size = 10;
    const auto message = read({.header = frames.header, .body = body.bytes()});
    BOOST_TEST(std::get<Hello>(message.body).generations.empty());
    BOOST_TEST(std::get<Hello>(message.body).streams.size() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::protocol
