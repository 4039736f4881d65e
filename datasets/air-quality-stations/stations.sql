-- One row for each place at which a station number stood: as long as name, county and position stay, it is one place.
-- The agency writes brackets half-width and full-width, and rounds the position now to five digits, now to six; a station
-- has moved when it is more than a thousandth of a degree away (about 100 m) from where it was the hour before.
WITH heard AS (
    SELECT
        station_id,
        published_at,
        translate(station_name, '（）', '()') AS station_name,
        county_code,
        longitude,
        latitude
    FROM hourly
    WHERE station_name IS NOT NULL AND longitude IS NOT NULL AND latitude IS NOT NULL
),

beside AS (
    SELECT
        *,
        lag(station_name) OVER earlier AS name_before,
        lag(county_code) OVER earlier AS county_before,
        lag(longitude) OVER earlier AS longitude_before,
        lag(latitude) OVER earlier AS latitude_before
    FROM heard
    WINDOW earlier AS (PARTITION BY station_id ORDER BY published_at)
),

numbered AS (
    SELECT
        *,
        sum(CASE
            WHEN name_before IS NULL THEN 0
            WHEN station_name <> name_before OR county_code IS DISTINCT FROM county_before THEN 1
            WHEN abs(longitude - longitude_before) > 0.001 OR abs(latitude - latitude_before) > 0.001 THEN 1
            ELSE 0
        END) OVER (PARTITION BY station_id ORDER BY published_at) AS place
    FROM beside
),

places AS (
    SELECT
        station_id,
        place,
        min(published_at) AS valid_from,
        max(published_at) AS last_heard,
        -- As first heard, so that a rounded digit changes nothing.
        arg_min(station_name, published_at) AS station_name,
        arg_min(county_code, published_at) AS county_code,
        arg_min(longitude, published_at) AS longitude,
        arg_min(latitude, published_at) AS latitude
    FROM numbered
    GROUP BY station_id, place
)

SELECT
    station_id,
    strftime(valid_from, '%Y-%m-%dT%H:%M:%S') AS valid_from,
    -- Open while the number is heard there; silence of 30 days ends it, a shorter one is an outage.
    CASE
        WHEN
            place < max(place) OVER (PARTITION BY station_id)
            OR last_heard < max(last_heard) OVER () - INTERVAL 30 DAY
            THEN strftime(last_heard, '%Y-%m-%dT%H:%M:%S')
    END AS valid_to,
    station_name,
    county_code,
    longitude,
    latitude
FROM places
