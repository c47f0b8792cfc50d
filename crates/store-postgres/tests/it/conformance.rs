engine::store_suite!(crate::server::fresh());

mod shared {
    engine::shared_suite!(crate::server::fresh_shared());
}
