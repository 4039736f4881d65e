-- The newest figure of each dataset for each county of the table of counties. Each part below gives the figures of one
-- dataset by county and time, and how the rows of that time make one figure; the last part keeps the newest of each.
-- Units, agencies and release numbers are those of the releases that are read: _columns and _releases say them.
WITH visits_by_week AS (
    SELECT county_code, 'influenza-like-illness' AS dataset, year, week, visits FROM influenza
    UNION ALL BY NAME
    SELECT county_code, 'enterovirus' AS dataset, year, week, visits FROM enterovirus
),

-- Weeks run from Sunday to Saturday, and the first one holds 4 January; the first one of 2009 is the week before.
weekly AS (
    SELECT
        county_code,
        dataset,
        visits,
        make_date(year, 1, 4) - dayofweek(make_date(year, 1, 4))::INTEGER
        + 7 * (week::INTEGER - 1) - CASE WHEN year = 2009 THEN 7 ELSE 0 END AS sunday
    FROM visits_by_week
),

figures AS (
    SELECT county_code, 'air-quality-hourly' AS dataset, 'aqi' AS measure, 'max' AS together, max(aqi)::DOUBLE AS value,
        published_at AS observed_at, 'hour' AS step
    FROM hourly WHERE aqi IS NOT NULL GROUP BY ALL
    UNION ALL BY NAME
    SELECT county_code, 'air-quality-hourly' AS dataset, 'pm2_5' AS measure, 'mean' AS together, avg(pm2_5) AS value,
        published_at AS observed_at, 'hour' AS step
    FROM hourly WHERE pm2_5 IS NOT NULL GROUP BY ALL
    UNION ALL BY NAME
    SELECT county_code, 'air-quality-daily' AS dataset, 'pm2_5' AS measure, 'mean' AS together, avg(pm2_5) AS value,
        day::TIMESTAMPTZ AS observed_at, 'day' AS step
    FROM air_daily WHERE pm2_5 IS NOT NULL GROUP BY ALL
    UNION ALL BY NAME
    SELECT county_code, 'air-quality-monthly' AS dataset, 'pm2_5_mean' AS measure, 'mean' AS together,
        avg(pm2_5_mean) AS value, strptime(month, '%Y-%m')::TIMESTAMPTZ AS observed_at, 'month' AS step
    FROM air_monthly WHERE pm2_5_mean IS NOT NULL GROUP BY ALL
    UNION ALL BY NAME
    SELECT county_code, 'uv-index' AS dataset, 'uv_index' AS measure, 'max' AS together, max(uv_index) AS value,
        observed_at, 'hour' AS step
    FROM uv WHERE uv_index IS NOT NULL GROUP BY ALL
    UNION ALL BY NAME
    SELECT county_code, 'gamma-radiation' AS dataset, 'dose_rate' AS measure, 'max' AS together, max(dose_rate) AS value,
        measured_at AS observed_at, 'hour' AS step
    FROM gamma WHERE dose_rate IS NOT NULL GROUP BY ALL
    UNION ALL BY NAME
    SELECT county_code, 'weather-observations' AS dataset, 'air_temperature' AS measure, 'mean' AS together,
        avg(air_temperature) AS value, observed_at, 'hour' AS step
    FROM weather WHERE air_temperature IS NOT NULL GROUP BY ALL
    UNION ALL BY NAME
    SELECT county_code, 'weather-forecast-36h' AS dataset, 'max_temperature' AS measure, 'max' AS together,
        max(max_temperature)::DOUBLE AS value, start_time AS observed_at, 'hour' AS step
    FROM forecast WHERE max_temperature IS NOT NULL GROUP BY ALL
    UNION ALL BY NAME
    SELECT county_code, 'rainfall' AS dataset, 'precipitation_24h' AS measure, 'max' AS together,
        max(precipitation_24h) AS value, observed_at, 'hour' AS step
    FROM rain WHERE precipitation_24h IS NOT NULL GROUP BY ALL
    UNION ALL BY NAME
    SELECT county_code, 'earthquake-list' AS dataset, 'magnitude' AS measure, 'max' AS together, max(magnitude) AS value,
        origin_time AS observed_at, 'hour' AS step
    FROM quakes WHERE magnitude IS NOT NULL GROUP BY ALL
    UNION ALL BY NAME
    SELECT county_code, 'earthquake-reports' AS dataset, 'magnitude' AS measure, 'max' AS together,
        max(magnitude) AS value, origin_time AS observed_at, 'hour' AS step
    FROM quake_reports WHERE magnitude IS NOT NULL GROUP BY ALL
    UNION ALL BY NAME
    SELECT county_code, 'flood-sensors' AS dataset, 'depth' AS measure, 'max' AS together, max(depth) AS value,
        observed_at, 'hour' AS step
    FROM floods WHERE depth IS NOT NULL GROUP BY ALL
    UNION ALL BY NAME
    -- Of the reservoirs that say both: what is stored, over what can be.
    SELECT county_code, 'reservoir-daily' AS dataset, 'filling' AS measure, 'share' AS together,
        100 * sum(storage) / sum(effective_capacity) AS value, day::TIMESTAMPTZ AS observed_at, 'day' AS step
    FROM reservoirs WHERE storage IS NOT NULL AND effective_capacity > 0 GROUP BY ALL
    UNION ALL BY NAME
    SELECT county_code, 'river-water-quality' AS dataset, 'results' AS measure, 'count' AS together, count(*) AS value,
        sampled_at::DATE::TIMESTAMPTZ AS observed_at, 'day' AS step
    FROM rivers GROUP BY ALL
    UNION ALL BY NAME
    SELECT county_code, 'reservoir-water-quality' AS dataset, 'results' AS measure, 'count' AS together,
        count(*) AS value, sampled_at::DATE::TIMESTAMPTZ AS observed_at, 'day' AS step
    FROM lakes GROUP BY ALL
    UNION ALL BY NAME
    SELECT county_code, 'crop-prices' AS dataset, 'quantity' AS measure, 'sum' AS together, sum(quantity) AS value,
        trade_date::TIMESTAMPTZ AS observed_at, 'day' AS step
    FROM crops WHERE quantity IS NOT NULL GROUP BY ALL
    UNION ALL BY NAME
    SELECT county_code, 'fish-prices' AS dataset, 'quantity' AS measure, 'sum' AS together, sum(quantity) AS value,
        trade_date::TIMESTAMPTZ AS observed_at, 'day' AS step
    FROM fish WHERE quantity IS NOT NULL GROUP BY ALL
    UNION ALL BY NAME
    SELECT county_code, 'aquaculture-yearly' AS dataset, 'area' AS measure, 'sum' AS together, sum(area) AS value,
        make_date(year, 1, 1)::TIMESTAMPTZ AS observed_at, 'year' AS step
    FROM aquaculture WHERE area IS NOT NULL GROUP BY ALL
    UNION ALL BY NAME
    SELECT county_code, 'covid-19-onset-county' AS dataset, 'cases' AS measure, 'sum' AS together, sum(cases) AS value,
        onset_date::TIMESTAMPTZ AS observed_at, 'day' AS step
    FROM covid GROUP BY ALL
    UNION ALL BY NAME
    SELECT county_code, 'dengue-county-totals' AS dataset, 'cases' AS measure, 'sum' AS together, sum(cases) AS value,
        make_date(year, 1, 1)::TIMESTAMPTZ AS observed_at, 'year' AS step
    FROM dengue GROUP BY ALL
    UNION ALL BY NAME
    SELECT county_code, dataset, 'visits' AS measure, 'sum' AS together, sum(visits) AS value,
        sunday::TIMESTAMPTZ AS observed_at, 'week' AS step
    FROM weekly GROUP BY ALL
    UNION ALL BY NAME
    SELECT county_code, 'population-by-village' AS dataset, 'population' AS measure, 'sum' AS together,
        sum(population) AS value, strptime(month, '%Y-%m')::TIMESTAMPTZ AS observed_at, 'month' AS step
    FROM villages WHERE population IS NOT NULL GROUP BY ALL
    UNION ALL BY NAME
    SELECT county_code, 'population-by-town' AS dataset, 'population' AS measure, 'sum' AS together,
        sum(population) AS value, strptime(month, '%Y-%m')::TIMESTAMPTZ AS observed_at, 'month' AS step
    FROM people GROUP BY ALL
    UNION ALL BY NAME
    SELECT county_code, 'vital-events-monthly' AS dataset, 'births' AS measure, 'sum' AS together, sum(births) AS value,
        strptime(month, '%Y-%m')::TIMESTAMPTZ AS observed_at, 'month' AS step
    FROM vital WHERE births IS NOT NULL GROUP BY ALL
    UNION ALL BY NAME
    SELECT county_code, 'vital-events-monthly' AS dataset, 'deaths' AS measure, 'sum' AS together, sum(deaths) AS value,
        strptime(month, '%Y-%m')::TIMESTAMPTZ AS observed_at, 'month' AS step
    FROM vital WHERE deaths IS NOT NULL GROUP BY ALL
    UNION ALL BY NAME
    SELECT county_iso AS county_code, 'town-electricity-use' AS dataset, 'electricity' AS measure, 'sum' AS together,
        sum(electricity) AS value, strptime(month, '%Y-%m')::TIMESTAMPTZ AS observed_at, 'month' AS step
    FROM electricity WHERE electricity IS NOT NULL GROUP BY ALL
    UNION ALL BY NAME
    SELECT county_code, 'real-estate-transactions' AS dataset, 'unit_price' AS measure, 'median' AS together,
        median(unit_price) AS value,
        make_date(left(season, 4)::INTEGER, 3 * right(season, 1)::INTEGER - 2, 1)::TIMESTAMPTZ AS observed_at,
        'quarter' AS step
    FROM sales WHERE unit_price IS NOT NULL GROUP BY ALL
    UNION ALL BY NAME
    SELECT county_code, 'parking-available' AS dataset, 'available_cars' AS measure, 'sum' AS together,
        sum(available_cars) AS value, observed_at, 'hour' AS step
    FROM parking WHERE available_cars IS NOT NULL GROUP BY ALL
    UNION ALL BY NAME
    SELECT county_code, 'youbike-feed' AS dataset, 'available_bikes' AS measure, 'sum' AS together,
        sum(available_bikes) AS value, observed_at, 'hour' AS step
    FROM bikes WHERE available_bikes IS NOT NULL GROUP BY ALL
),

-- Of lists without a time: how many there are, as of the newest fetch.
counted AS (
    SELECT county_code, 'youbike-sites' AS dataset, 'stations' AS measure, count(*) AS value FROM bike_sites GROUP BY ALL
    UNION ALL BY NAME
    SELECT county_code, 'garbage-truck-routes' AS dataset, 'stops' AS measure, count(*) AS value FROM stops GROUP BY ALL
    UNION ALL BY NAME
    SELECT county_code, 'contaminated-sites' AS dataset, 'sites' AS measure, count(*) AS value FROM sites GROUP BY ALL
    UNION ALL BY NAME
    SELECT county_code, 'emission-permits' AS dataset, 'permits' AS measure, count(DISTINCT permit_no) AS value
    FROM permits GROUP BY ALL
    UNION ALL BY NAME
    SELECT county_code, 'healthcare-providers' AS dataset, 'providers' AS measure, count(*) AS value
    FROM providers GROUP BY ALL
    UNION ALL BY NAME
    SELECT county_code, 'weather-station-list' AS dataset, 'stations' AS measure, count(*) AS value
    FROM stations WHERE closed IS NULL GROUP BY ALL
    UNION ALL BY NAME
    -- A county without a warning has none: that is a figure too.
    SELECT counties.code AS county_code, 'weather-warnings' AS dataset, 'warnings' AS measure,
        count(warnings.phenomenon) AS value
    FROM counties LEFT JOIN warnings ON warnings.county_code = counties.code GROUP BY ALL
),

every_figure AS (
    SELECT county_code, dataset, measure, together, value, observed_at, step FROM figures
    UNION ALL BY NAME
    SELECT county_code, dataset, measure, 'count' AS together, value::DOUBLE AS value, as_of AS observed_at, 'hour' AS step
    FROM counted INNER JOIN _releases USING (dataset)
)

SELECT
    county_code,
    dataset,
    measure,
    together,
    round(value, 3) AS value,
    coalesce(_columns.unit, CASE WHEN together = 'count' THEN '{' || measure || '}' ELSE '1' END) AS unit,
    strftime(observed_at, '%Y-%m-%d %H:%M:%S') AS observed_at,
    step,
    _releases.agency,
    _releases.n AS release
FROM every_figure
INNER JOIN counties ON counties.code = every_figure.county_code
INNER JOIN _releases USING (dataset)
LEFT JOIN _columns ON _columns.dataset = every_figure.dataset AND _columns.name = every_figure.measure
QUALIFY row_number() OVER (PARTITION BY county_code, every_figure.dataset, measure ORDER BY observed_at DESC) = 1
