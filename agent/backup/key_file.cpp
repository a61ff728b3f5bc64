// JSON around base64 around a sealed JSON.
#include "agent/backup/key_file.hpp"

#include <nlohmann/json.hpp>

namespace vigie::agent::backup {
namespace {

using Json = nlohmann::ordered_json;

template <size_t size>
std::string base64_of(const std::array<uint8_t, size>& bytes) {
    return to_base64(std::string_view(reinterpret_cast<const char*>(bytes.data()), size));
}

// "" where the key is absent or no string.
std::string text_of(const Json& object, const char* key) {
    const auto found = object.is_object() ? object.find(key) : object.end();
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

uint64_t number_of(const Json& object, const char* key) {
    const auto found = object.find(key);
    return found != object.end() && found->is_number_unsigned() ? found->get<uint64_t>() : 0;
}

template <size_t size>
bool read_key_bytes(const std::string& base64, std::array<uint8_t, size>& into) {
    const auto bytes = from_base64(base64);
    if (!bytes || bytes->size() != size) {
        return false;
    }
    std::copy(bytes->begin(), bytes->end(), into.begin());
    return true;
}

Result<ResticKey> parse_master_key(const std::string& plain, std::string_view what) {
    const auto json = Json::parse(plain, nullptr, false);
    const auto mac = json.is_object() && json.contains("mac") ? json["mac"] : Json();
    ResticKey key;
    if (!read_key_bytes(text_of(json, "encrypt"), key.encrypt) || !read_key_bytes(text_of(mac, "k"), key.mac_k) ||
        !read_key_bytes(text_of(mac, "r"), key.mac_r)) {
        return fail(ErrorCode::malformed, "{}: the sealed key is incomplete", what);
    }
    return key;
}

}  // namespace

Result<std::string> format_key_file(const ResticKey& key, std::string_view password, const KeyOwner& owner,
                                    ScryptCost cost, Random& random) {
    std::array<uint8_t, 64> salt{};
    random.fill(salt);
    const std::string_view salt_bytes(reinterpret_cast<const char*>(salt.data()), salt.size());
    VIGIE_TRY(const auto user_key, derive_restic_key(password, salt_bytes, cost));
    const Json master{{"mac", {{"k", base64_of(key.mac_k)}, {"r", base64_of(key.mac_r)}}},
                      {"encrypt", base64_of(key.encrypt)}};
    const auto sealed = ResticCipher(user_key).seal(master.dump(), random);
    const Json file{{"created", format_moment(owner.created)},
                    {"username", owner.user},
                    {"hostname", owner.host},
                    {"kdf", "scrypt"},
                    {"N", cost.n},
                    {"r", cost.r},
                    {"p", cost.p},
                    {"salt", to_base64(salt_bytes)},
                    {"data", to_base64(sealed)}};
    return file.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<KeyOwner> read_key_owner(std::string_view json, std::string_view what) {
    const auto file = Json::parse(json, nullptr, false);
    if (!file.is_object()) {
        return fail(ErrorCode::malformed, "{}: not a key file", what);
    }
    return KeyOwner{text_of(file, "username"), text_of(file, "hostname"),
                    parse_moment(text_of(file, "created")).value_or(Moment{})};
}

Result<ResticKey> open_key_file(std::string_view json, std::string_view password, std::string_view what) {
    const auto file = Json::parse(json, nullptr, false);
    if (!file.is_object()) {
        return fail(ErrorCode::malformed, "{}: not a key file", what);
    }
    if (text_of(file, "kdf") != "scrypt") {
        return fail(ErrorCode::unsupported, "{}: key derivation '{}' is not scrypt", what, text_of(file, "kdf"));
    }
    const auto salt = from_base64(text_of(file, "salt"));
    const auto sealed = from_base64(text_of(file, "data"));
    const auto r = number_of(file, "r");
    const auto p = number_of(file, "p");
    if (!salt || !sealed || r > UINT32_MAX || p > UINT32_MAX) {
        return fail(ErrorCode::malformed, "{}: salt or data is not base64, or r or p too large", what);
    }
    const ScryptCost cost{number_of(file, "N"), static_cast<uint32_t>(r), static_cast<uint32_t>(p)};
    auto user_key = derive_restic_key(password, *salt, cost);
    if (!user_key) {
        return fail(user_key.error().at(what));
    }
    const auto plain = ResticCipher(*user_key).open(*sealed);
    if (!plain) {
        return fail(ErrorCode::denied, "{}: wrong password", what);
    }
    return parse_master_key(*plain, what);
}

}  // namespace vigie::agent::backup
