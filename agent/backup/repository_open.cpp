// How a repository comes to be and how a password opens it.
#include <charconv>

#include <nlohmann/json.hpp>

#include "agent/backup/key_ring.hpp"
#include "agent/backup/repository.hpp"

namespace vigie::agent::backup {
namespace {

Result<Config> parse_config(const std::string& plain, const std::string& place) {
    const auto json = nlohmann::json::parse(plain, nullptr, false);
    if (!json.is_object() || !json.contains("version") || !json["version"].is_number_unsigned()) {
        return fail(ErrorCode::malformed, "{}: config is no repository configuration", place);
    }
    Config config;
    const auto version = json["version"].get<uint64_t>();
    if (version != 2) {
        return fail(ErrorCode::unsupported, "{}: repository format version {}; only version 2 is supported", place,
                    version);
    }
    config.id = json.contains("id") && json["id"].is_string() ? json["id"].get<std::string>() : "";
    const auto found = json.find("chunker_polynomial");
    const auto hex = found != json.end() && found->is_string() ? found->get<std::string>() : "";
    const auto parsed = std::from_chars(hex.data(), hex.data() + hex.size(), config.polynomial, 16);
    if (parsed.ec != std::errc{} || parsed.ptr != hex.data() + hex.size() ||
        degree_of(config.polynomial) != polynomial_degree || !is_irreducible(config.polynomial)) {
        return fail(ErrorCode::malformed, "{}: config has no irreducible polynomial of degree 53", place);
    }
    return config;
}

}  // namespace

Result<Config> Repository::create(Storage& storage, Random& random, std::string_view password, const KeyOwner& owner,
                                  ScryptCost cost) {
    if (password.empty()) {
        return fail(ErrorCode::malformed, "{}: an empty password protects nothing", storage.place());
    }
    VIGIE_TRY(const auto present, storage.list(FileKind::config));
    if (!present.empty()) {
        return fail(ErrorCode::exists, "{}: holds a repository already", storage.place());
    }
    // A key alone is what a killed 'init' leaves.
    for (const auto kind : {FileKind::snapshot, FileKind::index, FileKind::pack}) {
        const auto left = storage.list(kind);
        if (!left && left.error().code != ErrorCode::not_found) {
            return fail(left.error());
        }
        if (left && !left->empty()) {
            return fail(ErrorCode::exists,
                        "{}: holds {} of a repository whose config is lost: restore the file 'config' from a copy; a "
                        "new repository needs another folder",
                        storage.place(), describe(kind, left->front().id));
        }
    }
    VIGIE_CHECK(storage.create());
    const auto key = make_restic_key(random);
    VIGIE_TRY(const auto key_file, format_key_file(key, password, owner, cost, random));
    VIGIE_CHECK(storage.save(FileKind::key, id_of(key_file), key_file));
    const Config config{2, random.hex(32), make_polynomial(random)};
    const auto json =
        fmt::format(R"({{"version":2,"id":"{}","chunker_polynomial":"{:x}"}})", config.id, config.polynomial);
    VIGIE_CHECK(storage.save(FileKind::config, {}, ResticCipher(key).seal(json, random)));
    return config;
}

Result<std::unique_ptr<Repository>> Repository::open(Storage& storage, Random& random, std::string_view password) {
    VIGIE_TRY(const auto present, storage.list(FileKind::config));
    if (present.empty()) {
        return fail(ErrorCode::not_found, "{}: no repository here; 'init' makes one", storage.place());
    }
    VIGIE_TRY(const auto opened, find_key(storage, password));
    VIGIE_TRY(const auto sealed, storage.load(FileKind::config, {}));
    const auto plain = ResticCipher(opened.key).open(sealed);
    if (!plain) {
        return fail(plain.error().at(storage.place() + ": config"));
    }
    VIGIE_TRY(auto config, parse_config(*plain, storage.place()));
    return std::unique_ptr<Repository>(new Repository(storage, random, opened, std::move(config)));
}

}  // namespace vigie::agent::backup
