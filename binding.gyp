# What is shipped. CMakeLists.txt builds the same from the same list of sources, for IDEs and sanitizers.
{
  "variables": {
    "werror": "<!(node -p \"process.env.VETHWORK_WERROR === '1' ? 1 : 0\")",
    "warnings": ["-Wall", "-Wextra", "-Wconversion"],
  },
  "target_defaults": {
    "cflags_cc!": ["-std=gnu++17", "-std=gnu++20", "-std=c++17"],
    "cflags_cc": ["-std=c++20", "-O2", "<@(warnings)"],
    "conditions": [["werror==1", {"cflags_cc": ["-Werror"]}]],
  },
  "targets": [
    {
      "target_name": "vethwork",
      "sources": ["<!@(node scripts/sources.mjs)"],
      "include_dirs": ["native"],
      "defines": [
        "NAPI_VERSION=9",
        "NODE_ADDON_API_CPP_EXCEPTIONS",
        "NODE_ADDON_API_DISABLE_DEPRECATED",
        "NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS",
      ],
      "cflags!": ["-fno-exceptions"],
      "cflags_cc!": ["-fno-exceptions", "-fno-rtti"],
      "cflags_cc": [
        "-fvisibility=hidden",
        # As system headers, so that our warnings are about our code.
        "-isystem", "<!(node -p \"path.dirname(require.resolve('node-addon-api'))\")",
      ],
      # The C++ library stays shared: a static one, built on Debian 12, asks for glibc 2.36 (arc4random)
      # where the shared one asks for glibc 2.34 and GCC 12's library, which Ubuntu 22.04 has too.
      "ldflags": ["-Wl,--version-script=<(module_root_dir)/native/exports.map"],
    },
    {
      "target_name": "vethwork-helper",
      "type": "executable",
      "product_extension": "",
      "sources": ["native/helper/main.cc", "native/base/errno_name.cc"],
      "include_dirs": ["native"],
      "cflags_cc": ["-fno-exceptions", "-fno-rtti"],
      "ldflags!": ["-rdynamic"],
      "conditions": [["<!(node scripts/static-libc.mjs)==1", {"ldflags": ["-static"]}]],
    },
  ],
}
