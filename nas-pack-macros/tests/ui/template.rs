use nas_pack::hooks;

fn main() {
    let _ = hooks! {
        post_install => {
            mkdir "{dta_dir}/reports";
            mkdir "{home}/reports";
            mkdir "{}/reports";
            mkdir "{data_dir/reports";
            mkdir "{data_dir}}/reports";
            mkdir "{data_dir}\nreports";
            mkdir "{data_dir}
reports";
            install_if_missing "{ap_dir}/a" => "{conf_dir}/a";
            run "{app_dir}/bin/beacon" "{prot}" "\0" r#"{"a": 1"#;
            backup "{usr}/{grp}/}";
        }
    };
}
