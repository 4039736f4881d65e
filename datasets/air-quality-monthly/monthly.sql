-- One row for each station and calendar month of Taipei time. The agency writes brackets half-width and full-width:
-- half-width here, so that one station is not two. An hour without a value counts for no mean.
SELECT
    strftime(published_at, '%Y-%m') AS month,
    station_id,
    translate(station_name, '（）', '()') AS station_name,
    arg_max(county_code, published_at) AS county_code,
    count(*) AS hours,
    round(avg(aqi), 1) AS aqi_mean,
    max(aqi) AS aqi_max,
    count(*) FILTER (WHERE aqi > 100) AS hours_above_100,
    round(avg(pm2_5), 1) AS pm2_5_mean,
    round(avg(pm10), 1) AS pm10_mean,
    round(avg(o3), 1) AS o3_mean,
    round(avg(no2), 1) AS no2_mean,
    round(avg(so2), 1) AS so2_mean,
    round(avg(co), 2) AS co_mean,
    max(pm2_5) AS pm2_5_max
FROM hourly
WHERE station_name IS NOT NULL
GROUP BY ALL
