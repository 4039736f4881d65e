-- How old a row was when a release first held it. The row's own time is when the agency published it (an hour), or the
-- beginning of the day that it speaks of. What a first release brought is history, and is left out.
WITH came AS (
    SELECT 'air-quality-hourly' AS dataset, _created, epoch(_created - published_at) / 3600 AS hours
    FROM hourly
    WHERE _change = 'insert' AND _release > 1
    UNION ALL
    SELECT 'crop-prices', _created, (epoch(_created) - epoch(timezone('Asia/Taipei', trade_date::TIMESTAMP))) / 3600
    FROM crops
    WHERE _change = 'insert' AND _release > 1
    UNION ALL
    SELECT
        'covid-19-onset-county',
        _created,
        (epoch(_created) - epoch(timezone('Asia/Taipei', onset_date::TIMESTAMP))) / 3600
    FROM onsets
    WHERE _change = 'insert' AND _release > 1
)

SELECT
    dataset,
    strftime(_created, '%Y-%m') AS month,
    count(*) AS rows_released,
    round(quantile_cont(hours, 0.5), 1) AS median,
    round(quantile_cont(hours, 0.95), 1) AS high
FROM came
GROUP BY ALL
