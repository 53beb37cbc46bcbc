-- Whether role $1 may call failed_attempts().
SELECT has_function_privilege($1, 'promo_guard.failed_attempts(interval, timestamptz, integer)', 'EXECUTE')
