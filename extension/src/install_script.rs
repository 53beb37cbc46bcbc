//! The install script for cargo-pgrx: the files of sql/install in this order, privileges last. `make` reads the order from this
//! file and writes the same bytes without cargo-pgrx (sql/install/assemble.sh). `make check-pgrx` compares the two.

pgrx::extension_sql_file!("../../sql/install/header.sql", name = "header");
pgrx::extension_sql_file!("../../sql/install/encoding.sql", name = "encoding", requires = ["header"]);
pgrx::extension_sql_file!("../../sql/install/setup.sql", name = "setup", requires = ["encoding"]);
pgrx::extension_sql_file!("../../sql/install/triage.sql", name = "triage", requires = ["setup"]);
pgrx::extension_sql_file!("../../sql/install/clusters.sql", name = "clusters", requires = ["triage"]);
pgrx::extension_sql_file!("../../sql/install/classify.sql", name = "classify", requires = ["clusters"]);
pgrx::extension_sql_file!("../../sql/install/announce.sql", name = "announce", requires = ["classify"]);
pgrx::extension_sql_file!("../../sql/install/contain.sql", name = "contain", requires = ["announce"]);
pgrx::extension_sql_file!("../../sql/install/unpause.sql", name = "unpause", requires = ["contain"]);
pgrx::extension_sql_file!("../../sql/install/bake.sql", name = "bake", requires = ["unpause"]);
pgrx::extension_sql_file!("../../sql/install/settle.sql", name = "settle", requires = ["bake"]);
pgrx::extension_sql_file!("../../sql/install/report.sql", name = "report", requires = ["settle"]);
pgrx::extension_sql_file!("../../sql/install/escalate.sql", name = "escalate", requires = ["report"]);
pgrx::extension_sql_file!("../../sql/install/privileges.sql", name = "privileges", requires = ["escalate"]);
