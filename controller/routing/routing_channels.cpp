// Any entry of any channel's list, by the tables of channel_schema.
#include <algorithm>
#include <charconv>

#include "controller/routing/routing_parts.hpp"
#include "controller/rules/scalar_place.hpp"

namespace vigie::controller::routing {
namespace {

using config::Node;
using rules::Faults;
using rules::Fields;

// One that fits, too: what is larger would go out as another number.
bool is_whole_number(std::string_view text) {
    int64_t number = 0;
    const auto* end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, number);
    return read.ec == std::errc{} && read.ptr == end;
}

class ChannelReader {
  public:
    ChannelReader(const Node& node, const ChannelKind& kind, const FileContext& context, Faults& faults)
        : node_(node),
          kind_(kind),
          context_(context),
          faults_(faults),
          fields_(node, fmt::format("an entry of {}", kind.list_key), faults) {}

    ChannelConfig read() {
        channel_.kind = kind_.name;
        channel_.place = fmt::format("{}:{}: {}", context_.file, node_.line, kind_.list_key);
        channel_.is_resolved_sent = read_flag(fields_, "send_resolved", kind_.is_resolved_sent, faults_);
        for (const auto& key : kind_.keys) {
            read_key(key);
        }
        if (faults_.count() == faults_at_start_) {
            check_channel(channel_, node_, faults_);
        }
        fields_.finish();
        return std::move(channel_);
    }

  private:
    void read_key(const ChannelKey& key) {
        const std::string name(key.name);
        switch (key.kind) {
            case KeyKind::templated:
                return read_templated(key, name);
            case KeyKind::secret:
                return read_secret(key, name);
            case KeyKind::list:
                return read_list(name);
            case KeyKind::map:
                channel_.maps[name] = read_map(fields_.mapping(name), name);
                return;
            case KeyKind::rows:
                return read_rows(key, name);
            case KeyKind::tls:
                if (const auto* tls = fields_.take(name)) {
                    read_tls(*tls, channel_.http, faults_);
                }
                return;
            case KeyKind::http:
                if (const auto* own = fields_.take(name); own != nullptr || context_.http != nullptr) {
                    read_http(own != nullptr ? *own : *context_.http, channel_.http, faults_);
                }
                return;
            case KeyKind::refused:
                return refuse(key);
            default:
                return read_plain(key, name);
        }
    }

    // The entry's own value, else global's; nullptr when neither has one.
    const Node* value_of(std::string_view key, std::string_view global) {
        if (const auto* own = fields_.scalar(key)) {
            return own;
        }
        const auto* found = global.empty() || context_.global == nullptr ? nullptr : context_.global->find(global);
        return found == nullptr || found->kind != Node::Kind::scalar ? nullptr : found;
    }

    void complain_if_missing(const ChannelKey& key, bool is_there) {
        if (key.is_required && !is_there) {
            faults_.add(node_, fmt::format("{}: needs {}{}", kind_.list_key, key.name,
                                           key.global.empty() ? "" : fmt::format(", or {} in global", key.global)));
        }
    }

    void read_plain(const ChannelKey& key, const std::string& name) {
        const auto* value = value_of(key.name, key.global);
        auto text = value == nullptr ? std::string(key.fallback) : value->scalar;
        if (value != nullptr && key.kind == KeyKind::flag && text != "true" && text != "false") {
            faults_.add(*value, fmt::format("{}: must be true or false", key.name));
        }
        if (key.kind == KeyKind::number && value != nullptr && !text.empty() && !is_whole_number(text)) {
            faults_.add(*value, fmt::format("{}: must be a whole number", key.name));
        }
        complain_if_missing(key, !text.empty());
        channel_.texts[name] = std::move(text);
    }

    void read_templated(const ChannelKey& key, const std::string& name) {
        const auto* value = value_of(key.name, key.global);
        complain_if_missing(key, value != nullptr && !value->scalar.empty());
        if (value == nullptr) {
            auto fallback = rules::Template::parse(key.fallback, rules::templates::Dialect::alertmanager);
            channel_.templates.emplace(name, std::move(*fallback));
        } else if (auto read = template_of(*value, key.name)) {
            channel_.templates.emplace(name, std::move(*read));
        }
    }

    std::optional<rules::Template> template_of(const Node& value, std::string_view key) {
        if (value.kind != Node::Kind::scalar && value.kind != Node::Kind::null) {
            faults_.add(value, fmt::format("{}: must be text", key));
            return std::nullopt;
        }
        auto read = rules::Template::parse(value.scalar, rules::templates::Dialect::alertmanager);
        if (!read) {
            const auto place = rules::place_in_file(context_.text, value, read.error().offset);
            faults_.add(place.line, place.column, fmt::format("{}: {}", key, read.error().message), read.error().code);
            return std::nullopt;
        }
        return std::move(*read);
    }

    void read_secret(const ChannelKey& key, const std::string& name) {
        const auto* text = fields_.scalar(name);
        const auto* file = fields_.scalar(name + "_file");
        if (text != nullptr && file != nullptr) {
            faults_.add(*file, fmt::format("{}: give either {} or {}_file", kind_.list_key, name, name));
        }
        if (text == nullptr && file == nullptr && !key.global.empty()) {
            text = value_of("", key.global);
            file = text == nullptr ? value_of("", std::string(key.global) + "_file") : nullptr;
        }
        complain_if_missing(key, text != nullptr || file != nullptr);
        if (text != nullptr) {
            channel_.texts[name] = text->scalar;
        } else if (file != nullptr) {
            channel_.secret_files[name] = file->scalar;
        }
    }

    void read_list(const std::string& name) {
        for (const auto& item : fields_.list(name)) {
            if (item.kind == Node::Kind::scalar) {
                channel_.lists[name].push_back(item.scalar);
            } else {
                faults_.add(item, fmt::format("{}: must be a list of texts", name));
            }
        }
    }

    Templates read_map(const std::vector<Node::Entry>& entries, const std::string& name) {
        Templates into;
        for (const auto& [key, value] : entries) {
            if (auto read = template_of(value, fmt::format("{}.{}", name, key.scalar))) {
                into.emplace(key.scalar, std::move(*read));
            }
        }
        return into;
    }

    void read_rows(const ChannelKey& key, const std::string& name) {
        for (const auto& item : fields_.list(name)) {
            Fields row(item, fmt::format("an entry of {}", name), faults_);
            for (size_t at = 0; at < key.fallback.size();) {
                const auto end = std::min(key.fallback.find(' ', at), key.fallback.size());
                row.take(key.fallback.substr(at, end - at));
                at = end + 1;
            }
            row.finish();
            channel_.rows[name].push_back(read_map(item.entries, name));
        }
    }

    void refuse(const ChannelKey& key) {
        const auto* value = fields_.take(key.name);
        if (value != nullptr && value->scalar != "false") {
            faults_.add(*value, fmt::format("{}: {} is not supported", kind_.list_key, key.name),
                        ErrorCode::unsupported);
        } else if (const auto* of_all = key.global.empty() ? nullptr : value_of("", key.global); of_all != nullptr) {
            faults_.add(*of_all, fmt::format("{}: {} in global is not supported", kind_.list_key, key.global),
                        ErrorCode::unsupported);
        }
    }

    const Node& node_;
    const ChannelKind& kind_;
    const FileContext& context_;
    Faults& faults_;
    const size_t faults_at_start_ = faults_.count();
    Fields fields_;
    ChannelConfig channel_;
};

}  // namespace

ChannelConfig read_channel(const Node& node, const ChannelKind& kind, const FileContext& context, Faults& faults) {
    return ChannelReader(node, kind, context, faults).read();
}

}  // namespace vigie::controller::routing
