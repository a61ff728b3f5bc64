# The third-party libraries, each under one target name. A room names here what it is a door for.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)

# vigie_door(NAME PKGCONFIG_MODULE): an imported target door::NAME.
#
# Debian keeps these headers where the compiler looks anyway. What pkg-config adds for libraries of libraries, CMake puts in
# another place of the command line when it configures a second time, and everything behind the door would be built again.
function(vigie_door name module)
  pkg_check_modules(${name}_door REQUIRED IMPORTED_TARGET GLOBAL ${module})
  set_target_properties(PkgConfig::${name}_door PROPERTIES INTERFACE_INCLUDE_DIRECTORIES "" INTERFACE_COMPILE_OPTIONS "")
  add_library(door::${name} ALIAS PkgConfig::${name}_door)
endfunction()

vigie_door(uv libuv)
vigie_door(zmq libzmq)
vigie_door(sodium libsodium)
vigie_door(openssl libcrypto)
vigie_door(zstd libzstd)
vigie_door(zlib zlib)
vigie_door(sqlite sqlite3)
vigie_door(curl libcurl)
vigie_door(yaml yaml-cpp)
vigie_door(microhttpd libmicrohttpd)

# http_parser comes without a file for pkg-config.
find_library(VIGIE_HTTP_PARSER http_parser REQUIRED)
add_library(door_http_parser INTERFACE)
target_link_libraries(door_http_parser INTERFACE ${VIGIE_HTTP_PARSER})
add_library(door::http_parser ALIAS door_http_parser)

# spdlog as headers: its shared library alone would cost the agent 0.5 MiB of memory for two sinks.
add_library(door_spdlog INTERFACE)
target_compile_definitions(door_spdlog INTERFACE SPDLOG_FMT_EXTERNAL)
target_link_libraries(door_spdlog INTERFACE fmt)
add_library(door::spdlog ALIAS door_spdlog)
vigie_door(rocksdb rocksdb)
