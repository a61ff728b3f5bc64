// Which files make up a configuration.
#include "shared/config/documents.hpp"

namespace vigie::config {
namespace {
Result<Document> load_document(Files& files, const std::string& path) {
    auto text = files.read(path, config_file_bytes_max);
    if (!text) {
        auto error = std::move(text.error());
        if (error.code == ErrorCode::not_found) {
            error.message = path + ": there is no configuration: write it there, or name another file or folder";
        }
        return fail(std::move(error));
    }
    VIGIE_TRY(auto root, parse_yaml(*text, path));
    return Document{path, std::move(root)};
}
}  // namespace

Result<std::vector<Document>> load_documents(Files& files, const std::string& path) {
    std::vector<Document> documents;
    const auto names = files.list(path);
    if (!names) {  // not a folder, or not there: the file's own error says which
        VIGIE_TRY(auto document, load_document(files, path));
        documents.push_back(std::move(document));
        return documents;
    }
    for (const auto& name : *names) {
        if (name.ends_with(".yml")) {
            return fail(ErrorCode::malformed, "{}: only *.yaml files of a folder are read: rename it",
                        join_path(path, name));
        }
        if (name.ends_with(".yaml")) {
            VIGIE_TRY(auto document, load_document(files, join_path(path, name)));
            documents.push_back(std::move(document));
        }
    }
    if (documents.empty()) {
        return fail(ErrorCode::not_found, "{}: no *.yaml file in this folder", path);
    }
    return documents;
}

}  // namespace vigie::config
