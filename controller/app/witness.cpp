// Requests and enrolments to entries of the audit log.
#include "controller/app/witness.hpp"

#include <algorithm>

#include "controller/audit/chain.hpp"
#include "shared/core/ids.hpp"
#include "shared/crypto/sodium_hash.hpp"

namespace vigie::controller {
namespace {

// Longer ones are no command of a person; their hash tells whether it was this or that.
constexpr size_t arguments_bytes_max = 4096;
constexpr size_t made_ids_shown_max = 20;
constexpr int refusals_a_minute_max = 30;
constexpr size_t throttled_names_max = 1'000;
constexpr std::string_view left_out = "(not recorded)";

// No verb of ours takes a secret as an argument. A job's parameter may hold one all the same.
bool is_secret_name(std::string name) {
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
    for (const auto* word : {"password", "passphrase", "passwd", "secret", "token", "credential", "private", "api_key",
                             "apikey", "auth"}) {
        if (name.find(word) != std::string::npos) {
            return true;
        }
    }
    return false;
}

Json without_secrets(const Json& value) {
    if (!value.is_object()) {
        return value;
    }
    auto kept = Json::object();
    for (const auto& [name, inner] : value.items()) {
        const bool is_said = inner.is_string() && !inner.get_ref<const std::string&>().empty();
        kept[name] = is_said && is_secret_name(name) ? Json(left_out) : without_secrets(inner);
    }
    return kept;
}

std::string text_of(const Json& arguments) {
    auto text = arguments.dump(-1, ' ', false, Json::error_handler_t::replace);
    if (text.size() <= arguments_bytes_max) {
        return text;
    }
    return Json{{"left_out", fmt::format("{} bytes", text.size())}, {"blake2b", blake2b_hex(text)}}.dump();
}

// The ids of what an answer says was made: of a token, of runs.
std::string made_by(const Json& answer) {
    if (!answer.is_object()) {
        return "";
    }
    if (const auto id = answer.find("id"); id != answer.end() && id->is_string()) {
        return id->get<std::string>();
    }
    std::string ids;
    const auto runs = answer.find("runs");
    for (size_t i = 0; runs != answer.end() && runs->is_array() && i < runs->size(); ++i) {
        if (i == made_ids_shown_max) {
            return fmt::format("{} and {} more", ids, runs->size() - i);
        }
        ids += (ids.empty() ? "" : " ") + (*runs)[i].value("id", "");
    }
    return ids;
}

}  // namespace

AuditEntry audit_entry(const Request& request, WallTime at) {
    return {.at = at,
            .user = request.caller.name,
            .key = request.caller.key,
            .role = std::string(name_of(request.caller.role)),
            .from = request.caller.from,
            .verb = request.verb,
            .arguments = text_of(without_secrets(request.arguments)),
            .outcome = AuditOutcome::ok,
            .detail = {}};
}

// An error's code and not its sentence, which may quote what was given.
void set_outcome(AuditEntry& entry, const Result<Json>& answer) {
    if (answer) {
        entry.outcome = AuditOutcome::ok;
        entry.detail = made_by(*answer);
        return;
    }
    entry.outcome = answer.error().code == ErrorCode::denied ? AuditOutcome::refused : AuditOutcome::failed;
    entry.detail = name_of(answer.error().code);
}

AuditEntry enrolment_entry(const protocol::Enrol& wish, const std::string& address, const protocol::Enrolled& answer,
                           WallTime at) {
    // Host and key are what a stranger wrote; of his token stands the id that `enrol token` tells.
    const Json arguments{{"host", wish.host.substr(0, agent_name_bytes_max)},
                         {"token_id", blake2b_hex(wish.token).substr(0, 12)}};
    return {.at = at,
            .user = "host",
            .key = wish.public_key.substr(0, 40),
            .role = {},
            .from = address,
            .verb = "link.enrol",
            .arguments = text_of(arguments),
            .outcome = answer.is_accepted ? AuditOutcome::ok : AuditOutcome::refused,
            .detail = answer.is_accepted ? answer.agent_id : answer.message};
}

std::optional<std::string> RefusalThrottle::admit(const std::string& name, MonoTime now) {
    if (by_name_.size() >= throttled_names_max && !by_name_.contains(name)) {
        by_name_.clear();
    }
    auto& throttle =
        by_name_.try_emplace(name, log::Throttle{.lines_max = refusals_a_minute_max, .period = 60s}).first->second;
    const auto more = throttle.admit(now);
    return more ? std::optional(log::and_more(*more)) : std::nullopt;
}

void Witness::note(const Request& request, const Result<Json>& answer, std::function<void(Result<void>)> then) {
    auto entry = audit_entry(request, clock_.wall());
    set_outcome(entry, answer);
    if (entry.outcome != AuditOutcome::ok) {
        const auto more = refusals_.admit(entry.user, clock_.mono());
        if (!more) {
            return then({});
        }
        entry.detail += *more;
    }
    write(std::move(entry), std::move(then));
}

void Witness::note_own(const std::string& verb, const Json& arguments) {
    write({.at = clock_.wall(),
           .user = "controller",
           .key = {},
           .role = {},
           .from = {},
           .verb = verb,
           .arguments = text_of(arguments),
           .outcome = AuditOutcome::ok,
           .detail = {}},
          [verb](const Result<void>& noted) {
              if (!noted) {
                  log::error("audit log: {} could not be recorded: {}", verb, noted.error().message);
              }
          });
}

void Witness::write(AuditEntry entry, std::function<void(Result<void>)> then) {
    const auto added = std::make_shared<Result<void>>();
    commits_.submit([added, &store = store_,
                     entry = std::move(entry)](StoreBatch& batch) { *added = append_audit(store, entry, batch); },
                    [added, post = post_, then = std::move(then)](const Result<void>& stored) {
                        post([then, noted = *added ? stored : *added] { then(noted); });
                    });
}

Result<void> EnrolmentWitness::note(const protocol::Enrol& wish, const std::string& address,
                                    const protocol::Enrolled& answer, StoreBatch& batch) {
    auto entry = enrolment_entry(wish, address, answer, clock_.wall());
    if (!answer.is_accepted) {
        const auto more = refusals_.admit("", clock_.mono());
        if (!more) {
            return {};
        }
        entry.detail += *more;
    }
    return append_audit(store_, entry, batch);
}

}  // namespace vigie::controller
