-- One row for each county and day of Taipei time of which a daily source speaks. What comes by the week or by the month
-- fills these rows; it makes none of its own. A source without a release has no rows here, and its columns are empty.
WITH air AS (
    SELECT
        published_at::DATE AS day,
        county_code,
        round(avg(aqi), 1) AS aqi_mean,
        max(aqi) AS aqi_max,
        round(avg(pm2_5), 1) AS pm2_5_mean,
        max(pm2_5) AS pm2_5_max
    FROM hourly
    GROUP BY ALL
),

-- Precipitation is the sum since midnight: the greatest reading of a station is its day.
stations AS (
    SELECT
        observed_at::DATE AS day,
        county_code,
        station_id,
        avg(air_temperature) AS temperature,
        min(air_temperature) AS coldest,
        max(air_temperature) AS warmest,
        max(precipitation) AS rain
    FROM weather
    GROUP BY ALL
),

sky AS (
    SELECT
        day,
        county_code,
        round(avg(temperature), 1) AS temperature_mean,
        min(coldest) AS temperature_min,
        max(warmest) AS temperature_max,
        round(avg(rain), 1) AS rain_mean,
        max(rain) AS rain_max
    FROM stations
    GROUP BY ALL
),

onset AS (
    SELECT onset_date AS day, county_code, sum(cases) AS covid_cases
    FROM covid
    GROUP BY ALL
),

-- What was sold here, at the prices of here and at the mean prices of all markets of that day.
sold AS (
    SELECT trade_date, kind, crop_code, sum(avg_price * quantity) / sum(quantity) AS price
    FROM crops
    WHERE avg_price > 0 AND quantity > 0
    GROUP BY ALL
),

prices AS (
    SELECT
        here.trade_date AS day,
        here.county_code,
        round(100 * sum(here.avg_price * here.quantity) / sum(sold.price * here.quantity), 1) AS crop_price_level,
        round(sum(here.quantity), 1) AS crops_sold
    FROM crops AS here
    INNER JOIN sold USING (trade_date, kind, crop_code)
    WHERE here.avg_price > 0 AND here.quantity > 0
    GROUP BY ALL
),

-- Of the reservoirs that say both: what is stored, over what can be.
water AS (
    SELECT day, county_code, round(100 * sum(storage) / sum(effective_capacity), 1) AS reservoir_filling
    FROM reservoirs
    WHERE storage IS NOT NULL AND effective_capacity > 0
    GROUP BY ALL
),

people AS (
    SELECT month, county_code, sum(population) AS population
    FROM towns
    GROUP BY ALL
),

power AS (
    SELECT
        month,
        county_iso AS county_code,
        round(sum(electricity) / day(last_day(max(strptime(month, '%Y-%m')::DATE))))::BIGINT AS electricity
    FROM electricity
    GROUP BY ALL
),

-- Weeks run from Sunday to Saturday, and the first one holds 4 January. 2009 has 53 weeks although the calendar gives it
-- 52: its first one is the week before.
weeks AS (
    SELECT
        county_code,
        make_date(year, 1, 4) - dayofweek(make_date(year, 1, 4))::INTEGER
        + 7 * (week::INTEGER - 1) - CASE WHEN year = 2009 THEN 7 ELSE 0 END AS sunday,
        sum(visits) AS influenza_visits
    FROM influenza
    GROUP BY ALL
),

days AS (
    SELECT day, county_code FROM air
    UNION
    SELECT day, county_code FROM sky
    UNION
    SELECT day, county_code FROM onset
    UNION
    SELECT day, county_code FROM prices
    UNION
    SELECT day, county_code FROM water
)

SELECT
    strftime(days.day, '%Y-%m-%d') AS day,
    days.county_code,
    air.aqi_mean,
    air.aqi_max,
    air.pm2_5_mean,
    air.pm2_5_max,
    sky.temperature_mean,
    sky.temperature_min,
    sky.temperature_max,
    sky.rain_mean,
    sky.rain_max,
    onset.covid_cases,
    weeks.influenza_visits,
    prices.crop_price_level,
    prices.crops_sold,
    water.reservoir_filling,
    power.electricity,
    people.population
FROM days
LEFT JOIN air USING (day, county_code)
LEFT JOIN sky USING (day, county_code)
LEFT JOIN onset USING (day, county_code)
LEFT JOIN prices USING (day, county_code)
LEFT JOIN water USING (day, county_code)
LEFT JOIN people ON people.month = strftime(days.day, '%Y-%m') AND people.county_code = days.county_code
LEFT JOIN power ON power.month = strftime(days.day, '%Y-%m') AND power.county_code = days.county_code
LEFT JOIN weeks ON weeks.sunday = days.day - dayofweek(days.day)::INTEGER AND weeks.county_code = days.county_code
WHERE days.county_code IS NOT NULL AND days.county_code <> 'unknown'
