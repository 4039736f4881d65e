-- One row for each time that a number stood for one station at one place, told from the row changes of the station list. It
-- begins when the number is first heard there, and ends when the list drops it, when name or county change, or when the place
-- moves by more than about 100 m; smaller steps are rounding, and a county that is told later is no move.
WITH events AS (
    SELECT
        *,
        _as_of::DATE AS heard,
        _change <> 'update'
        OR station_name IS DISTINCT FROM _before_station_name
        OR coalesce(county_code <> _before_county_code, FALSE)
        OR coalesce(abs(longitude - _before_longitude) > 0.001, FALSE)
        OR coalesce(abs(latitude - _before_latitude) > 0.001, FALSE) AS turns
    FROM moved
),

-- What a later list says of the same time at that place: the day on which it was closed.
numbered AS (
    SELECT
        *,
        count(*) FILTER (WHERE turns) OVER (
            PARTITION BY station_id
            ORDER BY _release
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS place
    FROM events
),

places AS (
    SELECT
        station_id,
        place,
        min(heard) AS valid_from,
        arg_min(_change, _release) AS how,
        arg_min(station_name, _release) AS station_name,
        arg_max(county_code, _release) AS county_code,
        arg_min(longitude, _release) AS longitude,
        arg_min(latitude, _release) AS latitude,
        arg_max(altitude, _release) AS altitude,
        arg_max(data_from, _release) AS data_from,
        arg_max(closed, _release) AS closed
    FROM numbered
    GROUP BY station_id, place
),

ended AS (
    SELECT *, lead(valid_from) OVER (PARTITION BY station_id ORDER BY place) AS valid_to
    FROM places
)

SELECT
    station_id,
    strftime(valid_from, '%Y-%m-%d') AS valid_from,
    strftime(valid_to, '%Y-%m-%d') AS valid_to,
    station_name,
    county_code,
    longitude,
    latitude,
    altitude,
    strftime(data_from, '%Y-%m-%d') AS data_from,
    strftime(closed, '%Y-%m-%d') AS closed
FROM ended
WHERE how <> 'delete'
