//! The job files under `ci/` that others copy: their shape, and that their shell does what it says.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use runner::report::{Outcome, Results};
use serde_json::Value;

use crate::run::{Folder, Served, text};

/// A job file.
fn read(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../ci").join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn yaml(text: &str) -> Value {
    serde_yaml::from_str(text).expect("YAML")
}

/// Where a job runs: a folder with the tests' scenarios and a target file.
struct Bench {
    folder: Folder,
    _served: Served,
}

impl Bench {
    fn new(name: &str) -> Self {
        let folder = Folder::new(name);
        let served = Served::new(&["--misbehave", "create-returns-s-false"]);
        std::fs::rename(served.target(&folder), folder.0.join("my-server.yaml")).expect("a target file");
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios");
        let copied = Command::new("cp").arg("-r").arg(from).arg(folder.0.join("scenarios")).status().expect("cp");
        assert!(copied.success());
        Self { folder, _served: served }
    }

    /// Runs a script as the job would, with the program on its PATH.
    fn shell(&self, shell: &str, script: &str, variables: &[(&str, &str)]) -> Output {
        let program = Path::new(env!("CARGO_BIN_EXE_pan-harness")).parent().expect("a folder");
        let path = std::env::var("PATH").expect("a PATH");
        let mut command = Command::new(shell);
        command.args(["-euc", script]).current_dir(&self.folder.0).env("PATH", format!("{}:{path}", program.display()));
        command.envs(variables.iter().copied()).output().expect("it runs")
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.0.join(name)
    }

    fn results(&self, report: &str) -> Results {
        let path = self.path(report).join("results.json");
        let results = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        serde_json::from_str(&results).expect("results")
    }

    /// The whole report has the failures of all parts.
    fn assert_merged(&self, report: &str) {
        let results = self.results(report);
        assert_eq!(results.scenarios.len(), 2, "{:?}", results.summary);
        assert!(results.part.is_none());
        assert!(results.scenarios.iter().all(|one| one.verdict == Outcome::Fail), "{:?}", results.summary);
    }
}

/// Options may stand among the selectors.
const SELECTED: &str = "--scenarios scenarios works/create-and-delete works/notification";

#[test]
fn the_action_of_github_judges_and_tells() {
    let action = yaml(&read("github/action.yml"));
    assert_eq!(action["runs"]["using"], "composite");
    let steps = action["runs"]["steps"].as_array().expect("steps");
    for step in steps {
        // Words of a caller come by the environment, never into the script itself.
        let script = step["run"].as_str().expect("a script");
        assert!(step["shell"] == "bash" && !script.contains("${{"), "{script}");
        for value in step["env"].as_object().expect("variables").values() {
            let name = value.as_str().and_then(|told| told.strip_prefix("${{ inputs.")).expect("an input");
            assert!(action["inputs"].get(name.trim_end_matches(" }}")).is_some(), "{name}");
        }
    }
    let script = steps[0]["run"].as_str().expect("a script");
    let bench = Bench::new("jobs-github");
    let summary = bench.path("summary.md").display().to_string();
    let run = |shard: &str, report: &str| {
        let variables = [
            ("PAN_TARGET", "my-server.yaml"),
            ("PAN_SHARD", shard),
            ("PAN_SEED", "1"),
            ("PAN_SELECTORS", SELECTED),
            ("PAN_REPORT", report),
            ("GITHUB_STEP_SUMMARY", &summary),
        ];
        bench.shell("bash", script, &variables)
    };
    let output = run("", "reports/latest");
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    assert!(text(&output).contains("::error file=scenarios/works/"), "{}", text(&output));
    let told = std::fs::read_to_string(&summary).expect("a summary");
    assert!(told.starts_with("# pan-harness: 2 scenarios not as expected"), "{told}");
    assert!(bench.path("reports/latest/results.sarif").exists());
    let output = run("1/2", "reports/1");
    assert_eq!(output.status.code(), Some(0), "a part's failures are for merge to tell: {}", text(&output));
    let output = run("3/2", "reports/3");
    assert_eq!(output.status.code(), Some(2), "{}", text(&output));
}

#[test]
fn the_jobs_of_gitlab_share_a_run_out() {
    let jobs = yaml(&read("gitlab/pan-harness.gitlab-ci.yml"));
    let script = |job: &str| -> String {
        let lines = jobs[job]["script"].as_array().expect("a script");
        lines.iter().map(|line| line.as_str().expect("a line")).collect::<Vec<_>>().join("\n")
    };
    let stages = jobs["stages"].as_array().expect("stages");
    assert!(["pan-harness", "pan-harness-merge"].iter().all(|job| stages.contains(&jobs[job]["stage"])));
    let bench = Bench::new("jobs-gitlab");
    for part in ["1", "2"] {
        let variables = [
            ("PAN_TARGET", "my-server.yaml"),
            ("PAN_SEED", "1"),
            ("PAN_SELECTORS", SELECTED),
            ("CI_NODE_INDEX", part),
            ("CI_NODE_TOTAL", "2"),
        ];
        let output = bench.shell("sh", &script("pan-harness"), &variables);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    }
    let output = bench.shell("sh", &script("pan-harness-merge"), &[]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    bench.assert_merged("reports/all");
    let junit = jobs["pan-harness-merge"]["artifacts"]["reports"]["junit"].as_str().expect("a path");
    assert!(bench.path(junit).exists(), "{junit}");
}

#[test]
fn the_pipeline_of_jenkins_shares_a_run_out() {
    let pipeline = read("jenkins/Jenkinsfile");
    assert_eq!(pipeline.matches('{').count(), pipeline.matches('}').count());
    let scripts: Vec<&str> = pipeline.split("'''").skip(1).step_by(2).collect();
    let [part, merge] = scripts[..] else { panic!("two scripts: {scripts:?}") };
    let bench = Bench::new("jobs-jenkins");
    for number in ["1", "2"] {
        let variables = [
            ("PAN_TARGET", "my-server.yaml"),
            ("PAN_SEED", "1"),
            ("PAN_SELECTORS", SELECTED),
            ("PAN_PART", number),
            ("PAN_PARTS", "2"),
        ];
        // Groovy reads a backslash as its own.
        let output = bench.shell("sh", &part.replace("\\\n", " "), &variables);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    }
    let output = bench.shell("sh", merge, &[]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    bench.assert_merged("reports/all");
}

#[test]
fn the_jobs_of_kubernetes_share_out_runs_and_captures() {
    let file = read("kubernetes/jobs.yaml");
    let jobs: Vec<Value> = file.split("\n---\n").map(yaml).collect();
    let [parts, merge] = &jobs[..] else { panic!("two jobs") };
    for job in [parts, merge] {
        assert_eq!((&job["apiVersion"], &job["kind"]), (&"batch/v1".into(), &"Job".into()));
        assert_eq!(job["spec"]["template"]["spec"]["restartPolicy"], "Never");
        let container = &job["spec"]["template"]["spec"]["containers"][0];
        assert_eq!(container["volumeMounts"][0]["name"], job["spec"]["template"]["spec"]["volumes"][0]["name"]);
        assert_eq!(container["command"], serde_json::json!(["sh", "-euc"]));
    }
    assert_eq!(parts["spec"]["completionMode"], "Indexed");
    let script = |job: &Value| {
        job["spec"]["template"]["spec"]["containers"][0]["args"][0].as_str().expect("a script").to_owned()
    };
    let bench = Bench::new("jobs-kubernetes");
    std::fs::copy(bench.path("my-server.yaml"), bench.path("other.yaml")).expect("copied");
    let run = |index: usize, captures: &str| {
        let index = index.to_string();
        let targets = ("TARGETS", "my-server.yaml other.yaml");
        let variables = [
            ("JOB_COMPLETION_INDEX", index.as_str()),
            ("PARTS", "2"),
            targets,
            ("CAPTURES", captures),
            ("SELECTORS", SELECTED),
            ("SEED", "1"),
        ];
        bench.shell("sh", &script(parts), &variables)
    };
    for index in 0..4 {
        let output = run(index, "");
        assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    }
    let traces = bench.path("traces");
    std::fs::rename(bench.path("reports/other/1"), &traces).expect("moved");
    std::fs::remove_dir_all(bench.path("reports/other")).expect("removed");
    for index in 0..2 {
        let output = run(index, "traces");
        assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    }
    let output = bench.shell("sh", &script(merge), &[]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    bench.assert_merged("reports/my-server/all");
    assert_eq!(bench.results("reports/captures/all").scenarios.len(), 1);
}

#[test]
fn the_array_of_slurm_shares_out_runs() {
    let (parts, merge) = (read("slurm/parts.sbatch"), read("slurm/merge.sbatch"));
    assert!(parts.starts_with("#!/usr/bin/env bash\n") && parts.contains("\n#SBATCH --array="));
    let bench = Bench::new("jobs-slurm");
    for index in ["0", "1"] {
        let variables =
            [("SLURM_ARRAY_TASK_ID", index), ("PARTS", "2"), ("TARGETS", "my-server.yaml"), ("SELECTORS", SELECTED)];
        let output = bench.shell("bash", &parts, &variables);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    }
    let output = bench.shell("bash", &merge, &[]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    bench.assert_merged("reports/my-server/all");
}
