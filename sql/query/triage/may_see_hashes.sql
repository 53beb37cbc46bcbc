-- Whether the caller may call failed_attempts(): the role that SET ROLE chose, else the session's.
SELECT has_function_privilege(
    CASE current_setting('role') WHEN 'none' THEN session_user ELSE current_setting('role')::name END,
    'promo_guard.failed_attempts(interval, timestamptz, integer)', 'EXECUTE')
