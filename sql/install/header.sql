\echo Use "CREATE EXTENSION promo_guard" to load this file. \quit
