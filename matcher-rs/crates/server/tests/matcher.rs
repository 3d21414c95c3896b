//! The binary `matcher` from outside: files in, one line of JSON and an exit code out.

#![allow(clippy::cast_precision_loss, clippy::unwrap_used, reason = "small numbers; and a test fails by panicking")]

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// A folder of its own for each test, under the one that Cargo keeps for them.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("matcher").join(name);
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn matcher(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_matcher")).args(arguments).output().unwrap()
}

fn answer(arguments: &[&str]) -> Value {
    let output = matcher(arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The exit code and what was said.
fn failure(arguments: &[&str]) -> (i32, String) {
    let output = matcher(arguments);
    assert!(output.stdout.is_empty(), "{arguments:?}");
    (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
}

fn npy(descr: &str, order: &str, shape: &str, data: &[u8]) -> Vec<u8> {
    let mut header = format!("{{'descr': '{descr}', 'fortran_order': {order}, 'shape': {shape}, }}");
    header.extend(std::iter::repeat_n(' ', 63 - (header.len() + 10) % 64));
    header.push('\n');
    let length = u16::try_from(header.len()).unwrap().to_le_bytes();
    [b"\x93NUMPY\x01\x00", length.as_slice(), header.as_bytes(), data].concat()
}

fn integers(numbers: &[i64]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
}

fn floats(numbers: &[f64]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
}

fn write(path: &Path, bytes: &[u8]) -> String {
    fs::write(path, bytes).unwrap();
    path.to_str().unwrap().to_owned()
}

fn npz(path: &Path, compression: CompressionMethod, parts: &[(&str, Vec<u8>)]) -> String {
    let mut archive = ZipWriter::new(File::create(path).unwrap());
    for (name, bytes) in parts {
        let options = SimpleFileOptions::default().compression_method(compression);
        archive.start_file(format!("{name}.npy"), options).unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap();
    path.to_str().unwrap().to_owned()
}

/// 4 1 3 / 2 0 5: the smallest sum is 1 + 2, the largest 4 + 5.
const VALUES: [i64; 6] = [4, 1, 3, 2, 0, 5];
const BY_COLUMN: [i64; 6] = [4, 2, 1, 0, 3, 5];

#[test]
fn a_matrix_in_either_order_and_of_either_type_is_solved_and_verified() {
    let folder = folder("dense");
    let as_floats = |numbers: &[i64]| floats(&numbers.iter().map(|&number| number as f64).collect::<Vec<_>>());
    let files = [
        write(&folder.join("c8.npy"), &npy("<i8", "False", "(2, 3)", &integers(&VALUES))),
        write(&folder.join("f8.npy"), &npy("<f8", "False", "(2, 3)", &as_floats(&VALUES))),
        write(&folder.join("c8f.npy"), &npy("<i8", "True", "(2, 3)", &integers(&BY_COLUMN))),
        write(&folder.join("f8f.npy"), &npy("<f8", "True", "(2, 3)", &as_floats(&BY_COLUMN))),
    ];
    for file in files {
        for (options, objective, pairs) in
            [(&[][..], 3, json!([[0, 1], [1, 0]])), (&["--maximize"], 9, json!([[0, 0], [1, 2]]))]
        {
            let solve = [&["solve", &file, "--pairs", "--duals", "--repeat", "3", "--threads", "2"], options].concat();
            let solved = answer(&solve);
            assert_eq!(solved["status"], "optimal");
            assert_eq!(solved["objective"].as_f64(), Some(f64::from(objective)), "{file}");
            assert_eq!(solved["pairs"], pairs);
            assert_eq!(solved["run"]["seconds"].as_array().unwrap().len(), 3);
            assert_eq!(solved["run"]["threads"], 2);
            let solution = write(&folder.join("solution.json"), solved.to_string().as_bytes());
            let verified = answer(&[&["verify", &file, &solution], options].concat());
            assert_eq!(verified["status"], "proven");
            assert_eq!(verified["objective"], solved["objective"]);
        }
    }
}

#[test]
fn a_solution_that_is_not_the_best_is_not_proven() {
    let folder = folder("not_proven");
    let file = write(&folder.join("m.npy"), &npy("<i8", "False", "(2, 3)", &integers(&VALUES)));
    let claim = |pairs: Value| json!({"pairs": pairs, "row_duals": [3, 2], "column_duals": [0, -2, 0]}).to_string();
    for pairs in [json!([[0, 0], [1, 1]]), json!([[0, 1]]), json!([[0, 1], [0, 0]]), json!([[0, 1], [7, 0]])] {
        let solution = write(&folder.join("s.json"), claim(pairs).as_bytes());
        let (code, said) = failure(&["verify", &file, &solution]);
        assert_eq!(code, 1, "{said}");
        assert!(said.contains("not proven"), "{said}");
    }
}

#[test]
fn sparse_files_of_every_format_give_the_same_answer() {
    let folder = folder("sparse");
    // Forbidden: row 0, column 0; the smallest sum is 1 + 2, the largest 3 + 2 (or 1 + 5 with column 2 twice: 3 + 5).
    let format = |name: &str| ("format", npy(&format!("|S{}", name.len()), "False", "()", name.as_bytes()));
    let shape = || ("shape", npy("<i8", "False", "(2,)", &integers(&[2, 3])));
    let i4 = |name: &'static str, numbers: &[i32]| {
        let bytes: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
        (name, npy("<i4", "False", &format!("({},)", numbers.len()), &bytes))
    };
    let data = |numbers: &[i64]| ("data", npy("<i8", "False", "(4,)", &integers(numbers)));
    let stored = CompressionMethod::Stored;
    let csr = [i4("indices", &[1, 2, 0, 2]), i4("indptr", &[0, 2, 4]), format("csr"), shape(), data(&[1, 3, 2, 5])];
    let csc = [i4("indices", &[1, 0, 0, 1]), i4("indptr", &[0, 1, 2, 4]), format("csc"), shape(), data(&[2, 1, 3, 5])];
    let coo = [i4("row", &[1, 0, 1, 0]), i4("col", &[2, 2, 0, 1]), format("coo"), shape(), data(&[5, 3, 2, 1])];
    let files = [
        npz(&folder.join("csr.npz"), CompressionMethod::Deflated, &csr),
        npz(&folder.join("csc.npz"), stored, &csc),
        npz(&folder.join("coo.npz"), CompressionMethod::Deflated, &coo),
    ];
    let capacity = write(&folder.join("capacity.npy"), &npy("<i8", "False", "(3,)", &integers(&[1, 1, 2])));
    for file in files {
        assert_eq!(answer(&["solve", &file, "--pairs"])["pairs"], json!([[0, 1], [1, 0]]), "{file}");
        let solved = answer(&["solve", &file, "--capacity", &capacity, "--maximize", "--pairs", "--duals"]);
        assert_eq!((&solved["objective"], &solved["pairs"]), (&json!(8), &json!([[0, 2], [1, 2]])), "{file}");
        let solution = write(&folder.join("solution.json"), solved.to_string().as_bytes());
        let verified = answer(&["verify", &file, &solution, "--capacity", &capacity, "--maximize"]);
        assert_eq!(verified["objective"], 8);
    }
}

#[test]
fn a_dense_matrix_with_capacities_leaves_rows_unassigned_only_if_told_what_that_is_worth() {
    let folder = folder("capacity");
    let values = floats(&[5.0, 4.0, 3.0, f64::NEG_INFINITY, 9.0, 2.0]);
    let file = write(&folder.join("m.npy"), &npy("<f8", "False", "(3, 2)", &values));
    let capacity = write(&folder.join("c.npy"), &npy("<i4", "False", "(2,)", &[1, 0, 0, 0, 1, 0, 0, 0]));
    let output = matcher(&["solve", &file, "--capacity", &capacity, "--maximize"]);
    let infeasible: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        infeasible["infeasible"],
        json!({"side": "rows", "demand": 3, "assignable": 2, "blocking": 3, "partners": 2})
    );
    let solved = answer(&["solve", &file, "--capacity", &capacity, "--maximize", "--unassigned", "0", "--pairs"]);
    assert_eq!((&solved["objective"], &solved["pairs"]), (&json!(13), &json!([[0, 1], [2, 0]])));
}

#[test]
fn a_dense_matrix_without_a_full_assignment_says_so_in_numbers() {
    let forbidden = f64::INFINITY;
    let values = floats(&[1.0, forbidden, forbidden, 2.0, forbidden, forbidden, 1.0, 1.0, 1.0]);
    let file = write(&folder("infeasible").join("m.npy"), &npy("<f8", "False", "(3, 3)", &values));
    let output = matcher(&["solve", &file]);
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((output.status.code(), &answer["status"]), (Some(1), &json!("infeasible")));
    assert_eq!(
        answer["infeasible"],
        json!({"side": "rows", "demand": 3, "assignable": 2, "blocking": 2, "partners": 1})
    );
}

#[test]
fn every_stored_request_gets_the_bytes_of_its_stored_response() {
    let contracts = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../contracts");
    for endpoint in ["suggest", "match", "assign"] {
        for request in fs::read_dir(contracts.join(endpoint)).unwrap() {
            let request = request.unwrap().path();
            let name = request.to_str().unwrap();
            if !name.ends_with(".request.json") {
                continue;
            }
            let expected = fs::read(name.replace(".request.", ".response.")).unwrap();
            for options in [&[][..], &["--endpoint", endpoint]] {
                let output = matcher(&[&["replay", name], options].concat());
                assert!(output.status.success(), "{name}");
                assert_eq!([output.stdout.as_slice(), b"\n"].concat(), expected, "{name}");
            }
        }
    }
}

#[test]
fn what_cannot_be_used_is_named_with_what_would_be_right() {
    let folder = folder("refused");
    let matrix = write(&folder.join("m.npy"), &npy("<i8", "False", "(2, 3)", &integers(&VALUES)));
    let capacity = write(&folder.join("c.npy"), &npy("<i8", "False", "(2,)", &integers(&[1, 1])));
    let nan = write(&folder.join("nan.npy"), &npy("<f8", "False", "(1, 2)", &floats(&[1.0, f64::NAN])));
    let request = write(&folder.join("r.json"), b"{}");
    let files = [
        ("x.txt", vec![], "must end in .npy (dense) or .npz (sparse)"),
        ("a.npy", b"PK\x03\x04 no array".to_vec(), "does not begin with"),
        ("b.npy", npy("<f4", "False", "(2, 3)", &[0; 24]), ".astype('float64')"),
        ("c.npy", npy("<i8", "False", "(6,)", &integers(&VALUES)), "has 1 dimensions, a matrix has 2"),
        ("d.npy", npy("<i8", "False", "(2, 4)", &integers(&VALUES)), "ends before the 8 numbers"),
        ("e.npy", npy("<i8", "False", "(2, 2)", &integers(&VALUES)), "goes on after the 4 numbers"),
        ("f.npz", b"no archive".to_vec(), "is no .npz file"),
    ];
    for (name, bytes, expected) in files {
        let file = write(&folder.join(name), &bytes);
        let (code, said) = failure(&["solve", &file]);
        assert_eq!(code, 2, "{name}: {said}");
        assert!(said.contains(name) && said.contains(expected), "{said}");
    }
    let options: [(&[&str], &str); 7] = [
        (&["solve", "no/such.npy"], "no/such.npy: No such file"),
        (&["solve", &nan], "row 0, column 1: the value NaN must be a number"),
        (&["solve", &matrix, "--capacity", &capacity], "--capacity"),
        (&["solve", &matrix, "--unassigned", "0"], "--unassigned: a .npy file needs --capacity"),
        (&["solve", &matrix, "--threads", "0"], "--threads"),
        (&["solve", &matrix, "--deadline", "-1"], "--deadline"),
        (&["replay", &request], "say --endpoint"),
    ];
    for (arguments, expected) in options {
        let (code, said) = failure(arguments);
        assert_eq!(code, 2, "{said}");
        assert!(said.contains(expected), "{said}");
    }
    let (code, said) = failure(&["replay", &request, "--endpoint", "assign"]);
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("invalid_request"), "{said}");
}

#[test]
fn a_deadline_ends_the_work() {
    let n = 700_i64;
    let products: Vec<i64> = (1..=n).flat_map(|row| (1..=n).map(move |column| row * column)).collect();
    let matrix = npy("<i8", "False", &format!("({n}, {n})"), &integers(&products));
    let file = write(&folder("deadline").join("m.npy"), &matrix);
    for capacity in [false, true] {
        let ones = write(
            &folder("deadline").join("c.npy"),
            &npy("<i8", "False", &format!("({n},)"), &integers(&vec![1; 700])),
        );
        let mut arguments = vec!["solve", &file, "--repeat", "100000", "--deadline", "0.2"];
        arguments.extend(capacity.then_some(["--capacity", &ones]).into_iter().flatten());
        let output = matcher(&arguments);
        let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(
            (output.status.code(), &answer["status"], &answer["rows"]),
            (Some(3), &json!("deadline"), &json!(n))
        );
        assert_eq!(answer["objective"], Value::Null);
    }
}

/// What is as large as its shape says and has no numbers for that is refused before there is memory for it.
#[test]
fn sides_beyond_the_solver_are_refused_in_every_format() {
    const FOUR_BILLION: i64 = 4_000_000_000;
    let folder = folder("sides");
    let i8 = |name: &'static str, numbers: &[i64]| {
        (name, npy("<i8", "False", &format!("({},)", numbers.len()), &integers(numbers)))
    };
    for (name, shape) in [("rows", [FOUR_BILLION, 1]), ("columns", [1, FOUR_BILLION]), ("rows", [1 << 40, 1 << 40])] {
        for format in ["coo", "csr", "csc"] {
            let parts = [
                ("format", npy("|S3", "False", "()", format.as_bytes())),
                i8("shape", &shape),
                i8("data", &[7]),
                i8("row", &[0]),
                i8("col", &[0]),
                i8("indptr", &[0, 1]),
                i8("indices", &[0]),
            ];
            let file = npz(&folder.join(format!("{format}.npz")), CompressionMethod::Stored, &parts);
            let (code, said) = failure(&["solve", &file]);
            assert_eq!(code, 2, "{said}");
            assert!(said.contains(&format!("{name}, must be 0 to 1048576")), "{said}");
        }
    }
    for shape in ["(4000000000, 0)", "(0, 4000000000)"] {
        let file = write(&folder.join("empty.npy"), &npy("<f8", "False", shape, &[]));
        let (code, said) = failure(&["solve", &file]);
        assert_eq!(code, 2, "{said}");
        assert!(said.contains("without a number at most 1048576 can be solved"), "{said}");
    }
}
